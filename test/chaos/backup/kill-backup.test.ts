/** Backup and restore are killed at random moments, or meet a full disk: all or nothing is left. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openStores } from '../../../controller/open-stores.ts';
import { captureBackup } from '../../../controller/backup/capture-backup.ts';
import { copyRecordedData, readAll } from '../../support/backup/backup-lab.ts';
import { tarsctl } from '../../support/e2e/tarsctl.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { addBigPackage } from '../../support/backup/add-big-package.ts';

const bin = join(import.meta.dirname, '..', '..', '..', 'bin', 'tarsctl.js');
const limited = join(
  import.meta.dirname,
  '..',
  '..',
  'support',
  'backup',
  'limited-tarsctl-main.ts',
);
const ROUNDS = 8;
const PACKAGE_BYTES = 24 * 2 ** 20;

/** The recorded data, and a package that takes a moment. */
async function dataWithPackage(folder: string): Promise<string> {
  const dataDir = copyRecordedData(folder);
  await addBigPackage(dataDir, PACKAGE_BYTES);
  return dataDir;
}

async function digestsIn(dataDir: string): Promise<readonly string[]> {
  const stores = await openStores(dataDir, () => undefined);
  try {
    const { manifest } = await captureBackup(stores, { version: 'test', now: 1 });
    return [manifest.machines.registry.stateDigest, manifest.machines.patch.stateDigest];
  } finally {
    await stores.close();
  }
}

/** Kills the command so long after it began to write into `folder`. Says whether it was killed. */
async function runAndKill(
  args: readonly string[],
  folder: string,
  delayMs: number,
): Promise<boolean> {
  const before = readdirSync(folder).length;
  const child = spawn(process.execPath, [bin, ...args], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  while (child.exitCode === null && readdirSync(folder).length === before) await delay(1);
  await Promise.race([exited, delay(delayMs)]);
  child.kill('SIGKILL');
  const [, signal] = (await exited) as [number | null, string | null];
  return signal === 'SIGKILL';
}

async function durationOf(run: () => Promise<{ readonly exitCode: number }>): Promise<number> {
  const startedAt = performance.now();
  expect(await run()).toMatchObject({ exitCode: 0 });
  return performance.now() - startedAt;
}

test('a backup that is killed at any moment is there as a whole or not at all', async () => {
  const folder = temporaryFolder();
  const dataDir = await dataWithPackage(folder);
  const backups = join(folder, 'backups');
  mkdirSync(backups);
  const command = (name: string) => ['backup', '--data', dataDir, join(backups, name)];
  const wholeMs = await durationOf(() => tarsctl(command('calm.tar')));
  const target = join(backups, 'killed.tar');
  let killed = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    // The first one dies with the first byte, the others at any moment until they are done.
    const delayMs = round === 0 ? 0 : wholeMs * Math.random() * 0.7;
    if (await runAndKill(command('killed.tar'), backups, delayMs)) killed += 1;
    if (!existsSync(target)) continue;
    expect((await readAll(target)).size).toBe(6);
    rmSync(target);
  }
  expect(killed).toBeGreaterThan(0);
  // What killed attempts left is removed by the next one.
  expect(await tarsctl(command('killed.tar'))).toMatchObject({ exitCode: 0 });
  expect(readdirSync(backups).toSorted()).toEqual(['calm.tar', 'killed.tar']);
}, 120_000);

test('a restore that is killed at any moment leaves a whole folder or none', async () => {
  const folder = temporaryFolder();
  const dataDir = await dataWithPackage(folder);
  const backup = join(folder, 'b.tar');
  expect(await tarsctl(['backup', '--data', dataDir, backup])).toMatchObject({ exitCode: 0 });
  const expected = await digestsIn(dataDir);
  const command = (name: string) => ['restore', backup, '--data', join(folder, name)];
  const wholeMs = await durationOf(() => tarsctl(command('calm')));
  let killed = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const restored = join(folder, `restored-${round}`);
    // The first one dies with the first byte, the others at any moment until they are done.
    const delayMs = round === 0 ? 0 : wholeMs * Math.random() * 0.7;
    if (await runAndKill(command(`restored-${round}`), folder, delayMs)) killed += 1;
    if (existsSync(restored)) expect(await digestsIn(restored)).toEqual(expected);
    else expect(await tarsctl(command(`restored-${round}`))).toMatchObject({ exitCode: 0 });
    expect(await digestsIn(restored)).toEqual(expected);
  }
  expect(killed).toBeGreaterThan(0);
  expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);
}, 180_000);

test('a full disk is named, and leaves nothing that looks whole', async () => {
  const folder = temporaryFolder();
  const dataDir = await dataWithPackage(folder);
  const backup = join(folder, 'b.tar');
  expect(await tarsctl(['backup', '--data', dataDir, backup])).toMatchObject({ exitCode: 0 });
  const before = readdirSync(folder).toSorted();
  for (const args of [
    ['backup', '--data', dataDir, join(folder, 'full.tar')],
    ['backup', '--data', dataDir, join(folder, 'full'), '--directory'],
    ['restore', backup, '--data', join(folder, 'full')],
    ['restore', '--drill', backup, '--scratch', folder],
  ]) {
    // In blocks of 1,024 bytes: less than the package has.
    const script = 'ulimit -S -f 8000; exec "$0" "$@"';
    const run = spawnSync('bash', ['-c', script, process.execPath, limited, ...args], {
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
    });
    expect(run.status, run.stderr).toBe(1);
    expect(run.stderr).toContain('STORAGE_FULL');
    expect(readdirSync(folder).toSorted()).toEqual(before);
  }
}, 60_000);

test('a command that is stopped with Ctrl-C cleans up behind itself', async () => {
  const folder = temporaryFolder();
  const dataDir = await dataWithPackage(folder);
  const backups = join(folder, 'backups');
  mkdirSync(backups);
  const target = join(backups, 'b.tar');
  const child = spawn(process.execPath, [bin, 'backup', '--data', dataDir, target], {
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  while (child.exitCode === null && readdirSync(backups).length === 0) await delay(1);
  child.kill('SIGINT');
  const [code] = (await exited) as [number | null];
  // It may have been done at that very moment.
  expect(readdirSync(backups)).toEqual(code === 0 ? ['b.tar'] : []);
  if (code !== 0) expect(code).toBe(130);
});
