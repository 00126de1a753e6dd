/** A controller that may have others beside it keeps the leader's lease by renewals, and says so. */

import { join } from 'node:path';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { startController } from '../../../controller/main.ts';
import { TarsierClient } from '../../../sdk/typescript/client.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { oneNodeFile } from '../../support/git/fleet-files.ts';
import { TestRepository } from '../../support/git/test-repository.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

it('leads, renews, takes commits over and names itself', async () => {
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'));
  repository.commitFiles({ 'fleet.yaml': oneNodeFile });
  const live = new Set(['a']);
  const controller = await startController({
    dataDir: join(folder, 'controller'),
    version: 'test',
    listen: { host: '127.0.0.1', port: 0 },
    source: { url: join(folder, 'repository') },
    logger: pino({ level: 'silent' }),
    cluster: {
      controller: 'a',
      liveControllers: () => live,
      isCutOff: () => false,
      urls: () => ['http://a:1'],
      leaseMs: 500,
      renewMs: 50,
    },
  });
  onTestFinished(() => controller.close());
  const { registry, leadership } = controller;
  await eventually(() => registry.state.nodes.has('n1'));
  expect(registry.state.fencingToken).toBe(leadership.fencingToken());
  await eventually(() => (registry.state.leases.leases.get('leader')?.renewals ?? 0) > 3);
  expect(leadership.isLeader).toBe(true);
  const client = new TarsierClient({
    serverUrl: controller.url,
    token: controller.readToken('read'),
  });
  const { item } = await client.read('cluster');
  expect(item).toMatchObject({ controller: 'a', leader: 'a' });
});
