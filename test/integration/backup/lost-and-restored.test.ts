/** A controller is lost with all it had; what a backup brings back is the same, and nothing restarts. */

import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { startController, type Controller } from '../../../controller/main.ts';
import { startAgent } from '../../../nodeagent/main.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { tarsctl, type Answer } from '../../support/e2e/tarsctl.ts';
import { oneNodeFile } from '../../support/git/fleet-files.ts';
import { TestRepository } from '../../support/git/test-repository.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const logger = pino({ level: 'silent' });

function service(name: string): string {
  return `apiVersion: tarsier/v1
kind: Service
metadata: { name: ${name} }
spec:
  type: process
  release: { package: Shop.CartServer, version: "1.0.0" }
  placement: [{ nodes: [n1] }]
  run: { start: exec sh ./run.sh }
`;
}

function openController(folder: string, port: number, packagesDir?: string): Promise<Controller> {
  return startController({
    dataDir: join(folder, 'controller'),
    version: 'test',
    listen: { host: '127.0.0.1', port },
    source: { url: join(folder, 'repository') },
    ...(packagesDir === undefined ? {} : { packagesDir }),
    logger,
  });
}

function fine(answer: Answer): Answer {
  expect(answer, answer.stderr).toMatchObject({ exitCode: 0 });
  return answer;
}

async function json(args: readonly string[], server?: string) {
  const options = server === undefined ? {} : { server };
  return JSON.parse(fine(await tarsctl([...args, '-o', 'json'], options)).stdout) as {
    machines: Record<'registry' | 'patch', { sequence: number; stateDigest: string }>;
    stateDigests: Record<'registry' | 'patch', string>;
    packages: number;
    tokens: number;
    verdict: string;
  };
}

test('backup, destroy, restore: the digests are equal, the agent comes back, nothing restarts', async () => {
  const folder = temporaryFolder();
  const dataDir = join(folder, 'controller');
  const release = join(folder, 'packages', 'Shop.CartServer', '1.0.0');
  mkdirSync(release, { recursive: true });
  writeFileSync(join(release, 'run.sh'), 'while true; do sleep 1; done\n');
  const repository = new TestRepository(join(folder, 'repository'));
  repository.commitFiles({ 'fleet.yaml': oneNodeFile, 'cart.yaml': service('Shop.CartServer') });
  const first = await openController(folder, 0, join(folder, 'packages'));
  const agent = await startAgent({
    node: 'n1',
    controllerUrls: [first.url],
    token: first.readToken('agent'),
    dataDir: join(folder, 'agent'),
    logger,
  });
  onTestFinished(() => agent.close({ stopServices: true }));
  const before = await eventually(() => agent.observed().find(({ phase }) => phase === 'running'));
  await eventually(
    () => first.registry.state.observed.get('Shop.CartServer@n1')?.phase === 'running',
  );

  const key = join(folder, 'key.txt');
  const recipient = fine(await tarsctl(['secret', 'keygen', key])).stdout.trim();
  const file = join(folder, 'backup.tar.age');
  const args = ['--data', dataDir, 'backup', file, '--recipient', recipient, '--include-tokens'];
  const taken = await json(args, first.url);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file).includes('Shop.CartServer')).toBe(false);
  const { fencingToken } = first.registry.state;
  const port = Number(new URL(first.url).port);
  await first.close();
  rmSync(dataDir, { recursive: true });

  const drill = await json(['restore', '--drill', file, '--identity', key, '--scratch', folder]);
  expect(drill).toMatchObject({ verdict: 'restorable', packages: 1, tokens: 4 });
  const restored = await json(['restore', file, '--identity', key, '--data', dataDir]);
  for (const name of ['registry', 'patch'] as const) {
    expect(restored.stateDigests[name]).toBe(taken.machines[name].stateDigest);
    expect(drill.stateDigests[name]).toBe(taken.machines[name].stateDigest);
  }
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  expect(statSync(join(dataDir, 'tokens', 'agent')).mode & 0o777).toBe(0o600);

  repository.commitFiles({ 'other.yaml': service('Shop.OtherServer') });
  const second = await openController(folder, port);
  onTestFinished(() => second.close());
  await eventually(() => second.links.appliedRevision('n1') !== undefined, undefined, 20_000);
  await eventually(
    () => agent.observed().filter(({ phase }) => phase === 'running').length === 2,
    () => JSON.stringify(agent.observed()),
    20_000,
  );
  // The new service was installed from the package in the backup; the old one never stopped.
  expect(agent.observed().find(({ instance }) => instance === before.instance)).toMatchObject({
    phase: 'running',
    pid: before.pid,
    startedAt: before.startedAt,
    restarts: 0,
  });
  expect(second.registry.state.fencingToken).toBeGreaterThan(fencingToken);
  expect(second.registry.sequence).toBeGreaterThan(taken.machines.registry.sequence);
}, 90_000);
