/** A controller that lost everything it had must not stop what runs. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { startController, type Controller } from '../../../controller/main.ts';
import { startAgent } from '../../../nodeagent/main.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { oneNodeFile } from '../../support/git/fleet-files.ts';
import { TestRepository } from '../../support/git/test-repository.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const logger = pino({ level: 'silent' });

function service(version: string, extra = ''): string {
  return `apiVersion: tarsier/v1
kind: Service
metadata: { name: Shop.CartServer }
spec:
  type: process
  release: { package: Shop.CartServer, version: "${version}" }
  placement: [{ nodes: [n1] }]
  run: { start: exec sh ./run.sh }
${extra}`;
}

async function openController(
  folder: string,
  options: { readonly port: number; readonly packagesDir?: string },
): Promise<Controller> {
  const { port, packagesDir } = options;
  return startController({
    dataDir: join(folder, 'controller'),
    version: 'test',
    listen: { host: '127.0.0.1', port },
    source: { url: join(folder, 'repository') },
    ...(packagesDir === undefined ? {} : { packagesDir }),
    logger,
  });
}

it.each([
  ['its package is not in the new store', '1.0.0', ''],
  ['its file has a fault by now', '1.0.0', '  nonsense: true\n'],
])(
  'what runs goes on under a controller that begins anew, when %s',
  async (_why, version, extra) => {
    const folder = temporaryFolder();
    const packagesDir = join(folder, 'packages');
    const release = join(packagesDir, 'Shop.CartServer', '1.0.0');
    mkdirSync(release, { recursive: true });
    writeFileSync(join(release, 'run.sh'), 'while true; do sleep 1; done\n');
    const repository = new TestRepository(join(folder, 'repository'));
    repository.commitFiles({ 'fleet.yaml': oneNodeFile, 'cart.yaml': service('1.0.0') });
    const first = await openController(folder, { port: 0, packagesDir });
    const agent = await startAgent({
      node: 'n1',
      controllerUrls: [first.url],
      token: first.readToken('agent'),
      dataDir: join(folder, 'agent'),
      logger,
    });
    onTestFinished(() => agent.close({ stopServices: true }));
    const before = await eventually(
      () => agent.observed().find(({ phase }) => phase === 'running'),
      () => JSON.stringify([agent.observed(), first.pipeline.faults.current]),
    );
    const token = first.readToken('agent');
    await first.close();

    rmSync(join(folder, 'controller'), { recursive: true });
    mkdirSync(join(folder, 'controller', 'tokens'), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'controller', 'tokens', 'agent'), `${token}\n`, { mode: 0o600 });
    repository.commitFiles({ 'cart.yaml': service(version, extra) });
    const second = await openController(folder, { port: Number(new URL(first.url).port) });
    onTestFinished(() => second.close());
    await eventually(() => second.links.appliedRevision('n1') !== undefined, undefined, 20_000);
    await eventually(() => second.registry.state.observed.has('Shop.CartServer@n1'));
    expect(agent.observed()).toMatchObject([{ phase: 'running', pid: before.pid, restarts: 0 }]);

    repository.git('rm', '--quiet', 'cart.yaml');
    repository.commit('It is not wanted any more');
    await eventually(() => agent.observed().length === 0, undefined, 20_000);
  },
);
