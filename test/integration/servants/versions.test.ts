/** Every servant, in every version of the protocol that libraries use, with bytes written by hand. */

import { expect, test } from 'vitest';
import { frameworkObjects } from '../../../nodeagent/servants/framework-names.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { lookupEndpoint, lookupObject } from '../../support/link/lookup-objects.ts';
import {
  bytes,
  int,
  list,
  long,
  map,
  request,
  struct,
  text,
  tupBody,
  type Field,
} from '../../support/servants/hand-made.ts';
import { RawPeer } from '../../support/servants/raw-peer.ts';
import { readFields, type Fields } from '../../support/servants/read-fields.ts';
import { servedConfigs } from '../../support/servants/served-configs.ts';
import { labService, startServantsLab } from '../../support/servants/servants-lab.ts';

interface CallRow {
  readonly servant: string;
  readonly func: string;
  /** Parameters by their names, each with the tag that it gets. */
  readonly parameters: Readonly<Record<string, (tag: number) => Field>>;
  readonly json: Readonly<Record<string, unknown>>;
  /** Void functions have none. */
  readonly ret?: number;
}

const cartName = 'Shop.CartServer.CartObj';
const serverInfo = (tag: number): Field =>
  struct(tag, [text(0, 'Shop'), text(1, 'CartServer'), int(2, 42)]);
const reportInfo = (tag: number): Field =>
  struct(tag, [int(1, 0), text(2, 'Shop'), text(3, ''), text(4, ''), text(5, 'C'), text(6, 'm')]);
const logInfo = (tag: number): Field =>
  struct(tag, [text(0, 'Shop'), text(1, 'CartServer'), text(2, 'order'), text(3, '%Y%m%d')]);
const statHead = struct(0, [
  text(0, 'Shop.CartServer'),
  text(1, 'Shop.StockServer'),
  text(2, 'take'),
  text(3, ''),
  text(4, '10.0.0.2'),
  int(5, 9002),
  int(6, 0),
]);
const statBody = struct(1, [
  int(0, 3),
  int(1, 0),
  int(2, 0),
  map(3, [[int(0, 5), int(1, 3)]]),
  long(4, 9n),
  int(5, 4),
  int(6, 1),
]);
const propertyHead = struct(0, [text(0, 'Shop.CartServer'), text(1, '0.0.0.0'), text(2, 'queue')]);
const propertyBody = struct(1, [list(0, [struct(0, [text(0, 'Max'), text(1, '9')])])]);

const calls: readonly CallRow[] = [
  {
    servant: frameworkObjects.query,
    func: 'findObjectByIdInSameGroup',
    parameters: { id: (tag) => text(tag, cartName) },
    json: { id: cartName },
    ret: 0,
  },
  {
    servant: frameworkObjects.server,
    func: 'keepAlive',
    parameters: { serverInfo },
    json: { serverInfo: { application: 'Shop', serverName: 'CartServer', pid: 42 } },
    ret: 0,
  },
  {
    servant: frameworkObjects.config,
    func: 'loadConfig',
    parameters: {
      app: (tag) => text(tag, 'Shop'),
      server: (tag) => text(tag, 'CartServer'),
      filename: (tag) => text(tag, 'cart.conf'),
    },
    json: { app: 'Shop', server: 'CartServer', filename: 'cart.conf' },
    ret: 0,
  },
  {
    servant: frameworkObjects.notify,
    func: 'reportNotifyInfo',
    parameters: { info: reportInfo },
    json: {
      info: { eType: 0, sApp: 'Shop', sSet: '', sContainer: '', sServer: 'C', sMessage: 'm' },
    },
  },
  {
    servant: frameworkObjects.notify,
    func: 'reportServer',
    parameters: {
      sServerName: (tag) => text(tag, 'Shop.CartServer'),
      sThreadId: (tag) => text(tag, '1'),
      sMessage: (tag) => text(tag, 'm'),
    },
    json: { sServerName: 'Shop.CartServer', sThreadId: '1', sMessage: 'm' },
  },
  {
    servant: frameworkObjects.notify,
    func: 'notifyServer',
    parameters: {
      sServerName: (tag) => text(tag, 'Shop.CartServer'),
      level: (tag) => int(tag, 1),
      sMessage: (tag) => text(tag, 'm'),
    },
    json: { sServerName: 'Shop.CartServer', level: 1, sMessage: 'm' },
  },
  {
    servant: frameworkObjects.log,
    func: 'loggerbyInfo',
    parameters: { info: logInfo, buffer: (tag) => list(tag, [text(0, 'line\n')]) },
    json: {
      info: { appname: 'Shop', servername: 'CartServer', sFilename: 'order', sFormat: '%Y%m%d' },
      buffer: ['line\n'],
    },
  },
  {
    servant: frameworkObjects.stat,
    func: 'reportMicMsg',
    parameters: {
      msg: (tag) => map(tag, [[statHead, statBody]]),
      bFromClient: (tag) => int(tag, 1),
    },
    json: { msg: {}, bFromClient: true },
    ret: 0,
  },
  {
    servant: frameworkObjects.property,
    func: 'reportPropMsg',
    parameters: { statmsg: (tag) => map(tag, [[propertyHead, propertyBody]]) },
    json: { statmsg: {} },
    ret: 0,
  },
];

const context = { node_name: 'sz-1', cookie: 'é' };
const echoed = new Map(Object.entries(context));

function tarsBody(row: CallRow): Buffer {
  const fields = Object.values(row.parameters).map((field, index) => field(index + 1));
  return Buffer.concat(fields);
}

function tup(row: CallRow): Buffer {
  const fields = Object.entries(row.parameters).map(([name, field]) => [name, field(0)] as const);
  return tupBody(Object.fromEntries(fields));
}

async function startLab() {
  const file = { name: 'cart.conf', content: 'a=1', levels: ['service'] } as const;
  const lab = await startServantsLab({ configs: servedConfigs({ [labService]: [file] }) });
  lab.objects.push(lookupObject(cartName, [lookupEndpoint('Shop.CartServer@sz-1')]));
  return lab;
}

/** The out parameters and results of a TUP reply, by name. */
function tupResult(reply: Fields): ReadonlyMap<unknown, unknown> {
  return readFields(reply[7] as Buffer)[0] as ReadonlyMap<unknown, unknown>;
}

test.each(calls)('TARS: $servant $func', async (row) => {
  const lab = await startLab();
  const peer = await RawPeer.connect(lab.port);
  const { servant, func } = row;
  const body = tarsBody(row);
  const reply = await peer.ask(request({ servant, func, body, requestId: 9, context }));
  expect(reply).toMatchObject({ 1: 1, 3: 9, 5: 0 });
  expect(reply[7]).toEqual(new Map());
  expect(reply[9]).toEqual(echoed);
  expect(readFields(reply[6] as Buffer)[0]).toBe(row.ret);
});

test.each(calls)('TUP: $servant $func', async (row) => {
  const lab = await startLab();
  const peer = await RawPeer.connect(lab.port);
  const { servant, func } = row;
  const reply = await peer.ask(
    request({ servant, func, body: tup(row), version: 3, requestId: 9, context }),
  );
  expect(reply).toMatchObject({ 1: 3, 4: 9, 5: servant, 6: func });
  expect(reply[9]).toEqual(echoed);
  expect((reply[10] as ReadonlyMap<string, string>).get('STATUS_RESULT_CODE')).toBe('0');
  if (row.ret === undefined) return;
  for (const name of ['', 'tars_ret']) {
    expect(readFields(tupResult(reply).get(name) as Buffer)[0]).toBe(row.ret);
  }
});

test.each(calls)('JSON: $servant $func', async (row) => {
  const lab = await startLab();
  const peer = await RawPeer.connect(lab.port);
  const { servant, func, json } = row;
  const body = Buffer.from(JSON.stringify(json));
  const reply = await peer.ask(request({ servant, func, body, version: 5, context }));
  expect(reply).toMatchObject({ 1: 5, 5: 0 });
  expect(reply[9]).toEqual(echoed);
  const result = JSON.parse((reply[6] as Buffer).toString()) as { tars_ret?: number };
  expect(result.tars_ret).toBe(row.ret);
});

test.each(calls)('one-way requests are not answered: $servant $func', async (row) => {
  const lab = await startLab();
  const peer = await RawPeer.connect(lab.port);
  const { servant, func } = row;
  const oneWay = { servant, oneWay: true, requestId: 1 };
  await peer.write(request({ ...oneWay, func, body: tarsBody(row) }));
  await peer.write(request({ ...oneWay, func, body: tup(row), version: 3 }));
  await peer.write(request({ ...oneWay, func: 'noSuchFunction', body: Buffer.alloc(0) }));
  await peer.write(request({ ...oneWay, func, body: Buffer.from([0xff]) }));
  const ping = { servant, func: 'tars_ping', body: Buffer.alloc(0), requestId: 2 };
  const answer = await peer.ask(request(ping));
  expect(answer).toMatchObject({ 3: 2, 5: 0 });
  expect(peer.packets).toHaveLength(1);
});

test.each(calls)('tars_ping and unknown functions: $servant', async ({ servant }) => {
  const lab = await startLab();
  const peer = await RawPeer.connect(lab.port);
  const body = Buffer.alloc(0);
  expect((await peer.ask(request({ servant, func: 'tars_ping', body })))[5]).toBe(0);
  for (const func of ['getNotifyInfo', 'toString']) {
    expect((await peer.ask(request({ servant, func, body })))[5]).toBe(-3);
  }
});

test('PHP: a beat counts although the connection is closed right behind it', async () => {
  const lab = await startLab();
  const peer = await RawPeer.connect(lab.port);
  const info = struct(0, [
    text(0, 'Shop'),
    text(1, 'CartServer'),
    int(2, 42),
    text(3, 'CartObjAdapter'),
  ]);
  const body = tupBody({ serverInfo: info });
  const servant = frameworkObjects.server;
  await peer.write(request({ servant, func: 'keepAlive', body, version: 3 }));
  peer.close();
  await eventually(() => lab.beats.length === 1);
  expect(lab.beats).toEqual([['keepAlive', 'Shop.CartServer', 42, 'CartObjAdapter']]);
});

test('PHP: findObjectById and loadConfig by the names of their parameters', async () => {
  const lab = await startLab();
  const peer = await RawPeer.connect(lab.port);
  const found = await peer.ask(
    request({
      servant: frameworkObjects.query,
      func: 'findObjectById',
      body: tupBody({ id: text(0, cartName) }),
      version: 3,
    }),
  );
  const [endpoint] = readFields(tupResult(found).get('tars_ret') as Buffer)[0] as Fields[];
  expect(endpoint).toMatchObject({ 0: '10.0.0.1', 1: 9001 });
  const loaded = await peer.ask(
    request({
      servant: frameworkObjects.config,
      func: 'loadConfig',
      body: tupBody({
        filename: text(0, 'cart.conf'),
        server: text(0, 'CartServer'),
        app: text(0, 'Shop'),
        config: text(0, ''),
      }),
      version: 3,
    }),
  );
  expect(readFields(tupResult(loaded).get('config') as Buffer)[0]).toBe('a=1');
});

test('Go and Java write their out parameters as well', async () => {
  const lab = await startLab();
  const peer = await RawPeer.connect(lab.port);
  const body = Buffer.concat([
    text(1, 'Shop'),
    text(2, 'CartServer'),
    text(3, 'cart.conf'),
    text(4, 'old'),
  ]);
  const reply = await peer.ask(
    request({ servant: frameworkObjects.config, func: 'loadConfig', body }),
  );
  expect(readFields(reply[6] as Buffer)).toEqual({ 0: 0, 4: 'a=1' });
});

test('a Java request has no maps, no deadline, and is answered', async () => {
  const lab = await startLab();
  const peer = await RawPeer.connect(lab.port);
  const packet = Buffer.concat([
    int(1, 1),
    int(2, 0),
    int(3, 0),
    int(4, 5),
    text(5, frameworkObjects.server),
    text(6, 'getLatestKeepAliveTime'),
    bytes(7, Buffer.alloc(0)),
    int(8, 0),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(packet.length + 4);
  const reply = await peer.ask(Buffer.concat([length, packet]));
  expect(reply).toMatchObject({ 3: 5, 5: 0 });
  expect(readFields(reply[6] as Buffer)[0]).toBe(1_796_000_000);
});
