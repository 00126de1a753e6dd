/** A whole controller and a whole agent: lookups, reports and commands find their way. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { startController } from '../../../controller/main.ts';
import { startAgent } from '../../../nodeagent/main.ts';
import { TarsierClient } from '../../../sdk/typescript/client.ts';
import { CommandClient } from '../../../sdk/typescript/command-client.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { oneNodeFile } from '../../support/git/fleet-files.ts';
import { TestRepository } from '../../support/git/test-repository.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const fleet = `${oneNodeFile}---
apiVersion: tarsier/v1
kind: Service
metadata: { name: Shop.CartServer }
spec:
  type: process
  placement: [{ nodes: [n1] }]
  run: { start: exec sleep 1000, monitor: { script: "true" } }
  servants: [{ name: CartObj, port: auto, protocol: not-tars }]
`;

it('what a service looks up, reports and is told goes through agent and controller', async () => {
  const folder = temporaryFolder();
  const logger = pino({ level: 'silent' });
  const repository = new TestRepository(join(folder, 'repository'));
  repository.commitFiles({ 'fleet.yaml': fleet });
  const controller = await startController({
    dataDir: join(folder, 'controller'),
    version: 'test',
    listen: { host: '127.0.0.1', port: 0 },
    source: { url: join(folder, 'repository') },
    logger,
  });
  onTestFinished(() => controller.close());
  const agent = await startAgent({
    node: 'n1',
    controllerUrls: [controller.url],
    token: controller.readToken('agent'),
    dataDir: join(folder, 'agent'),
    logger,
    runCommand: async (instance, text) => ({ ok: true, text: `${instance}: ${text}` }),
  });
  onTestFinished(() => agent.close({ stopServices: true }));
  await eventually(
    () => controller.registry.state.observed.get('Shop.CartServer@n1')?.phase === 'running',
    () => JSON.stringify([agent.observed(), controller.pipeline.faults.current]),
  );

  const name = 'Shop.CartServer.CartObj';
  await agent.parts.objects.ask(name);
  const found = await eventually(() => {
    const object = agent.parts.objects.find(name);
    return typeof object === 'object' && object.endpoints[0]?.port ? object : undefined;
  });
  expect(found.endpoints).toMatchObject([{ instance: 'Shop.CartServer@n1', host: '127.0.0.1' }]);

  const at = Date.now();
  const source = 'Shop.CartServer';
  const file = 'Shop/CartServer/Shop.CartServer_20250101.log';
  const log = JSON.stringify({ file, lines: ['n1|hello\n'] });
  const notification = JSON.stringify({ level: 'alarm', message: 'it burns' });
  agent.parts.reports.add({ kind: 'notify', at, source, node: 'n1', body: notification });
  agent.parts.reports.add({ kind: 'log', at, source, node: 'n1', body: log });
  const client = new TarsierClient({ serverUrl: controller.url });
  onTestFinished(() => client.close());
  const { items } = await eventually(async () => {
    const list = await client.list('notifications', { service: source });
    return list.items.length > 0 ? list : undefined;
  });
  expect(items).toMatchObject([{ message: 'it burns', level: 'alarm', node: 'n1', at }]);
  const path = join(folder, 'controller', 'collect', 'logs', file);
  expect(readFileSync(path, 'utf8')).toBe('n1|hello\n');

  const publishToken = controller.readToken('publish');
  const commands = new CommandClient({ serverUrl: controller.url, publishToken });
  expect(await commands.send({ service: source, command: 'tars.help' })).toEqual([
    { instance: 'Shop.CartServer@n1', ok: true, text: 'Shop.CartServer@n1: tars.help' },
  ]);
});
