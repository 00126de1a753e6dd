/** A port that other machines reach: they may look up names, and nothing else. */

import pino from 'pino';
import { expect, test } from 'vitest';
import { agentServants } from '../../../nodeagent/servants/agent-servants.ts';
import { frameworkObjects } from '../../../nodeagent/servants/framework-names.ts';
import { answerRequest } from '../../../tars/rpc/answer-request.ts';
import type { CollectedEntry } from '../../../link/messages/collected-entry.ts';
import { lookupEndpoint, lookupObject } from '../../support/link/lookup-objects.ts';
import { FakeObjects } from '../../support/servants/fake-objects.ts';
import { foreignConnection } from '../../support/servants/foreign-connection.ts';
import { int, list, map, request, struct, text } from '../../support/servants/hand-made.ts';
import { readFields, type Fields } from '../../support/servants/read-fields.ts';
import { servedConfigs } from '../../support/servants/served-configs.ts';

function openServants() {
  const objects = new FakeObjects();
  const beats: unknown[] = [];
  const reports: CollectedEntry[] = [];
  const logLines: Record<string, unknown>[] = [];
  const servants = agentServants({
    host: '0.0.0.0',
    node: { name: 'sz-1', addresses: () => ['10.0.0.1'] },
    objects,
    locks: {
      requestLock(asked) {
        beats.push(asked);
        return Promise.resolve(0);
      },
    },
    beats: {
      keepAlive: (beat) => beats.push(beat) > 0,
      keepActiving: (beat) => beats.push(beat) > 0,
      reportVersion: (service) => beats.push(service) > 0,
      latestKeepAliveSeconds: () => 1_796_000_000,
    },
    configs: servedConfigs({
      'Shop.CartServer': [{ name: 'a', content: 'secret', levels: ['service'] }],
    }),
    reports: { add: (entry) => reports.push(entry) },
    log: pino({}, { write: (line) => logLines.push(JSON.parse(line) as Record<string, unknown>) }),
  });
  servants.listensAt(19_386);
  const ask = async (servant: string, func: string, body: Uint8Array, peer = '10.9.9.9') => {
    const packet = request({ servant, func, body, context: { node_name: 'sz-1' } }).subarray(4);
    const frame = await answerRequest(packet, {
      servants: servants.table,
      connection: foreignConnection(peer),
      failed: (error) => expect.unreachable(String(error)),
    });
    const reply = readFields(frame?.subarray(4) ?? Buffer.alloc(0));
    return { iRet: reply[5], result: readFields(reply[6] as Buffer) };
  };
  return { objects, beats, reports, logLines, ask };
}

const serverInfo = struct(1, [text(0, 'Shop'), text(1, 'CartServer'), int(2, 7)]);
const names = ['Shop', 'CartServer', 'a'].map((name, index) => text(index + 1, name));
const file = struct(
  1,
  ['Shop', 'CartServer', 'a'].map((name, tag) => text(tag, name)),
);
const logged = struct(
  1,
  ['Shop', 'CartServer', 'a', ''].map((name, tag) => text(tag, name)),
);
const report = struct(1, [
  int(1, 0),
  ...['Shop', '', '', 'CartServer', 'm'].map((part, index) => text(index + 2, part)),
]);
const lock = struct(1, [text(0, 'Shop'), text(1, 'CartServer')]);

test.each<[string, string, Uint8Array, Fields]>([
  ['server', 'keepAlive', serverInfo, { 0: -1 }],
  ['server', 'keepActiving', serverInfo, { 0: -1 }],
  ['server', 'reportVersion', Buffer.concat(names), { 0: -1 }],
  ['server', 'getLatestKeepAliveTime', Buffer.alloc(0), { 0: 0 }],
  ['config', 'ListConfig', Buffer.concat(names.slice(0, 2)), { 0: -1, 3: [] }],
  ['config', 'loadConfig', Buffer.concat(names), { 0: -1, 4: '' }],
  ['config', 'loadConfigByInfo', file, { 0: -1, 2: '' }],
  ['config', 'checkConfigByInfo', file, { 0: -1, 2: '' }],
  ['config', 'ListAllConfigByInfo', struct(1, [text(0, 'Shop')]), { 0: -1, 2: [] }],
  ['notify', 'reportNotifyInfo', report, {}],
  ['log', 'loggerbyInfo', Buffer.concat([logged, list(2, [text(0, 'x')])]), {}],
  ['stat', 'reportMicMsg', Buffer.concat([map(1, []), int(2, 1)]), { 0: -1 }],
  ['stat', 'reportSampleMsg', list(1, []), { 0: -1 }],
  ['property', 'reportPropMsg', map(1, []), { 0: -1 }],
  ['query', 'getLocker', lock, { 0: -1 }],
])('%s %s is refused, whatever node the caller says it is', async (...row) => {
  const [object, func, body, expected] = row;
  const { ask, beats, reports, logLines } = openServants();
  const servant = frameworkObjects[object as keyof typeof frameworkObjects];
  expect(await ask(servant, func, body)).toEqual({ iRet: 0, result: expected });
  expect([beats, reports]).toEqual([[], []]);
  expect(logLines).toMatchObject([
    { code: 'SERVANT_PEER_REFUSED', peerAddress: '10.9.9.9', servant, func },
  ]);
});

test('the same from an address of this node is served', async () => {
  const { ask, beats, reports } = openServants();
  const loaded = await ask(frameworkObjects.config, 'loadConfig', Buffer.concat(names), '10.0.0.1');
  expect(loaded.result).toEqual({ 0: 0, 4: 'secret' });
  await ask(frameworkObjects.server, 'keepAlive', serverInfo, '10.0.0.1');
  await ask(frameworkObjects.notify, 'reportNotifyInfo', report, '::1');
  expect([beats.length, reports.length]).toEqual([1, 1]);
});

test('names are looked up for everybody; of the framework, only lookups are offered', async () => {
  const { ask, objects } = openServants();
  const id = 'Shop.CartServer.CartObj';
  objects.push(lookupObject(id, [lookupEndpoint('Shop.CartServer@sz-1')]));
  const found = async (name: string, peer?: string) => {
    const reply = await ask(
      frameworkObjects.query,
      'findObjectByIdInSameGroup',
      text(1, name),
      peer,
    );
    return (reply.result[2] as Fields[]).map((endpoint) => `${endpoint[0]}:${endpoint[1]}`);
  };
  expect(await found(id)).toEqual(['10.0.0.1:9001']);
  expect(await found(frameworkObjects.query)).toEqual(['10.0.0.1:19386']);
  expect(await found(frameworkObjects.config)).toEqual([]);
  expect(await found(frameworkObjects.query, '127.0.0.1')).toEqual(['127.0.0.1:19386']);
  expect(await found(frameworkObjects.config, '127.0.0.1')).toEqual(['127.0.0.1:19386']);
});
