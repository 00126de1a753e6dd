/**
 * Finds a `nats-server` for tests and measurements, or makes one: from the machine, from a former
 * time, with the Go toolchain, or from the package manager. Says in a line on stderr what it did.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  parseServerVersion,
  refuseOldServer,
} from '../../../replica/drivers/jetstream/server/server-version.ts';

const wanted = '2.15.1';
const makeMsMax = 300_000;

/** For the names of tests that are skipped without one. */
export const engineSkipped = 'skipped: no nats-server';

/** The path of a program that may be used; undefined when there is none and none can be made. */
export function obtainNatsServer(): string | undefined {
  const given = process.env['NATS_SERVER'];
  if (given !== undefined && given !== '') {
    if (isUsable(given)) return given;
    throw new Error(`NATS_SERVER=${given} is not a nats-server that may be used.`);
  }
  const found = onPath().find((file) => isUsable(file));
  if (found !== undefined) return found;
  const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tarsier');
  const cached = join(folder, `nats-server-${wanted}`);
  if (existsSync(cached)) return cached;
  return underLock(folder, () =>
    existsSync(cached) ? cached : (buildWithGo(folder, cached) ?? installWithApt()),
  );
}

function onPath(): string[] {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'nats-server'));
}

function isUsable(file: string): boolean {
  if (!existsSync(file)) return false;
  const { stdout } = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  const version = parseServerVersion(stdout ?? '');
  return version !== undefined && isNewEnough(version);
}

function isNewEnough(version: string): boolean {
  try {
    refuseOldServer(version, 'found');
    return true;
  } catch {
    return false;
  }
}

/** Several test files ask at the same time: the first one makes it, the others wait for that. */
function underLock<T>(folder: string, make: () => T): T {
  mkdirSync(folder, { recursive: true });
  const lock = new DatabaseSync(join(folder, 'nats-server.lock'), { timeout: 2 * makeMsMax });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return make();
  } finally {
    lock.close();
  }
}

function buildWithGo(folder: string, target: string): string | undefined {
  const draft = mkdtempSync(join(folder, 'build-'));
  try {
    const module = `github.com/nats-io/nats-server/v2@v${wanted}`;
    const env = { ...process.env, GOBIN: draft, CGO_ENABLED: '0', GOFLAGS: '-mod=mod' };
    const startedMs = performance.now();
    const { status } = spawnSync('go', ['install', module], { env, timeout: makeMsMax });
    const built = join(draft, 'nats-server');
    if (status !== 0 || !isUsable(built)) return undefined;
    renameSync(built, target);
    const seconds = Math.round((performance.now() - startedMs) / 1000);
    say(`built ${module} with Go in ${seconds} s: ${target}`);
    return target;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Only as root, and only when the version in the package lists will do. */
function installWithApt(): string | undefined {
  const { stdout } = spawnSync('apt-cache', ['policy', 'nats-server'], { encoding: 'utf8' });
  const candidate = /Candidate: (?:\d+:)?(\d+\.\d+\.\d+)/.exec(stdout ?? '')?.[1];
  const canInstall = candidate !== undefined && isNewEnough(candidate) && process.getuid?.() === 0;
  if (canInstall) {
    const args = ['install', '--yes', '--no-install-recommends', 'nats-server'];
    spawnSync('apt-get', args, { timeout: makeMsMax, stdio: 'ignore' });
    const found = onPath().find((file) => isUsable(file));
    if (found !== undefined) {
      say(`installed nats-server ${candidate} with apt-get: ${found}`);
      return found;
    }
  }
  say('no nats-server: not on PATH, not named by NATS_SERVER, and neither Go nor apt-get has it');
  return undefined;
}

function say(what: string): void {
  process.stderr.write(`obtain-nats-server: ${what}\n`);
}
