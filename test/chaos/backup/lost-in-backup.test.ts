/** The controller is killed while a backup is taken from it; then its folder is lost and restored. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../../support/agent/eventually.ts';
import { tarsctl, type Answer } from '../../support/e2e/tarsctl.ts';
import { oneNodeFile } from '../../support/git/fleet-files.ts';
import { TestRepository } from '../../support/git/test-repository.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { addBigPackage } from '../../support/backup/add-big-package.ts';

const child = join(import.meta.dirname, '..', '..', 'support', 'controller', 'controller-child.ts');
const PACKAGE_BYTES = 96 * 2 ** 20;

const service = `apiVersion: tarsier/v1
kind: Service
metadata: { name: Demo.A }
spec:
  type: process
  placement: [{ nodes: [n1] }]
  run: { start: sleep 1000 }
`;

class KillableController {
  readonly #process: ChildProcess;
  url = '';

  constructor(dataDir: string, repository: string) {
    const stdio = ['ignore', 'pipe', 'inherit'] as const;
    this.#process = spawn(process.execPath, [child, dataDir, repository], { stdio: [...stdio] });
    onTestFinished(() => this.kill());
  }

  async ready(): Promise<this> {
    const { stdout } = this.#process;
    if (stdout === null) throw new Error('no output');
    [this.url] = (await once(createInterface(stdout), 'line')) as [string];
    return this;
  }

  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }
}

interface Desired {
  readonly commit?: string;
  readonly scopes: Readonly<Record<string, string>>;
}

async function desired(url: string): Promise<Desired> {
  return (await (await fetch(`${url}/api/v1/desired`)).json()) as Desired;
}

function digestsOf({ stdout, stderr, exitCode }: Answer): readonly (string | undefined)[] {
  expect(exitCode, stderr).toBe(0);
  const found = [...stdout.matchAll(/state sha256:([0-9a-f]{64})/g)].map((match) => match[1]);
  expect(found).toHaveLength(2);
  return found;
}

test('a killed controller leaves no half backup, and its folder gives a whole one that brings it back', async () => {
  const folder = temporaryFolder();
  const backups = join(folder, 'backups');
  mkdirSync(backups);
  const dataDir = join(folder, 'data');
  const repository = new TestRepository(join(folder, 'repository'));
  const head = repository.commitFiles({ 'nodes.yaml': oneNodeFile, 'a.yaml': service });
  mkdirSync(dataDir, { mode: 0o700 });
  await addBigPackage(dataDir, PACKAGE_BYTES);
  const first = await new KillableController(dataDir, repository.folder).ready();
  await eventually(async () => (await desired(first.url)).commit === head);
  const before = await desired(first.url);

  const taking = tarsctl(['--data', dataDir, 'backup', join(backups, 'a.tar')], {
    server: first.url,
  });
  await eventually(() => readdirSync(backups).length > 0);
  await first.kill();
  const taken = await taking;
  // It may have been whole at that very moment.
  expect(readdirSync(backups)).toEqual(taken.exitCode === 0 ? ['a.tar'] : []);
  if (taken.exitCode !== 0) expect(taken.stderr).toContain('API_UNREACHABLE');

  const file = join(backups, 'b.tar');
  const expected = digestsOf(await tarsctl(['--data', dataDir, 'backup', file]));
  rmSync(dataDir, { recursive: true });
  expect(digestsOf(await tarsctl(['restore', '--drill', file, '--scratch', folder]))).toEqual(
    expected,
  );
  expect(digestsOf(await tarsctl(['restore', file, '--data', dataDir]))).toEqual(expected);
  const again = await tarsctl(['--data', dataDir, 'backup', join(backups, 'c.tar')]);
  expect(digestsOf(again)).toEqual(expected);

  const second = await new KillableController(dataDir, repository.folder).ready();
  expect((await desired(second.url)).scopes).toEqual(before.scopes);
  const next = repository.commitFiles({ 'b.yaml': service.replace('Demo.A', 'Demo.B') });
  await eventually(async () => (await desired(second.url)).commit === next, undefined, 30_000);
  expect(Object.keys((await desired(second.url)).scopes)).toHaveLength(2);
}, 90_000);
