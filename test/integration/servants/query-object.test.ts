/** Lookups through the port of an agent, with our client. */

import { onTestFinished, expect, test } from 'vitest';
import { QueryF } from '../../../tars/framework/query-f.ts';
import { TarsClient } from '../../../tars/rpc/client.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { lookupEndpoint, lookupObject } from '../../support/link/lookup-objects.ts';
import { int, list, request, struct, text, textMap } from '../../support/servants/hand-made.ts';
import { RawPeer } from '../../support/servants/raw-peer.ts';
import { startServantsLab } from '../../support/servants/servants-lab.ts';

const queryName = 'tars.tarsregistry.QueryObj';
const cartName = 'Shop.CartServer.CartObj';

function queryProxy(port: number, onPush?: (func: string, body: Uint8Array) => void) {
  const client = new TarsClient({
    onPush: (_endpoint, { status, sBuffer }) => onPush?.(status.get('TARS_FUNC') ?? '', sBuffer),
  });
  onTestFinished(() => client.close());
  return client.proxy({ host: '127.0.0.1', port }, queryName, QueryF);
}

function hostsOf(endpoints: readonly { readonly host: string; readonly port: number }[]) {
  return endpoints.map(({ host, port }) => `${host}:${port}`);
}

const cart = lookupObject(cartName, [
  lookupEndpoint('Shop.CartServer@sz-1', { host: '10.0.0.1', set: 'mall.sz.1' }),
  lookupEndpoint('Shop.CartServer@sz-2', { host: '10.0.0.2', set: 'mall.sz.2' }),
  lookupEndpoint('Shop.CartServer@gz-1', { host: '10.1.0.1', active: false }),
]);

test('a name is asked for once, and answered from what is held then', async () => {
  const lab = await startServantsLab();
  lab.objects.atController.set(cartName, cart);
  const query = queryProxy(lab.port);
  for (let turn = 0; turn < 3; turn += 1) {
    const { ret, activeEp, inactiveEp } = await query.findObjectById4Any({ id: cartName });
    expect(ret).toBe(0);
    expect(hostsOf(activeEp)).toEqual(['10.0.0.1:9001', '10.0.0.2:9001']);
    expect(hostsOf(inactiveEp)).toEqual(['10.1.0.1:9001']);
  }
  expect(lab.objects.asked).toEqual([cartName]);
});

test('every function of the interface answers', async () => {
  const lab = await startServantsLab();
  lab.objects.pushTopology({
    groups: [
      { id: 1, name: 'sz', dataCenter: 'sz', allow: ['10.0.0.*'], deny: [], order: 'allow-deny' },
      { id: 2, name: 'gz', dataCenter: 'gz', allow: ['10.1.0.*'], deny: [], order: 'allow-deny' },
    ],
    stations: [{ name: 'south', groups: [2], priority: 1 }],
  });
  const grouped = cart.endpoints.map((endpoint) => ({ ...endpoint, grouped: true, active: true }));
  lab.objects.push(lookupObject(cartName, grouped));
  const query = queryProxy(lab.port);
  const id = cartName;
  const sz = ['10.0.0.1:9001', '10.0.0.2:9001'];
  const gz = ['10.1.0.1:9001'];

  expect(hostsOf((await query.findObjectById({ id })).ret)).toEqual([...sz, ...gz]);
  expect(hostsOf((await query.findObjectById4Any({ id })).activeEp)).toEqual([...sz, ...gz]);
  expect(hostsOf((await query.findObjectById4All({ id })).activeEp)).toEqual(sz);
  expect(hostsOf((await query.findObjectByIdInSameGroup({ id })).activeEp)).toEqual(sz);
  const south = await query.findObjectByIdInSameStation({ id, sStation: 'south' });
  expect([south.ret, hostsOf(south.activeEp)]).toEqual([0, gz]);
  const north = await query.findObjectByIdInSameStation({ id, sStation: 'north' });
  expect([north.ret, north.activeEp, north.inactiveEp]).toEqual([-1, [], []]);
  const set = await query.findObjectByIdInSameSet({ id, setId: 'mall.sz.2' });
  expect([set.ret, hostsOf(set.activeEp)]).toEqual([0, ['10.0.0.2:9001']]);
  const badSet = await query.findObjectByIdInSameSet({ id, setId: 'mall' });
  expect([badSet.ret, badSet.activeEp]).toEqual([-1, []]);
  const nodes = await query.findObjectNodeName({ id });
  expect(nodes).toEqual({ ret: 0, nodeName: ['gz-1', 'sz-1', 'sz-2'] });
});

test('the caller is where its node name or its address says', async () => {
  const lab = await startServantsLab();
  lab.objects.pushTopology({
    groups: [
      { id: 1, name: 'sz', dataCenter: 'sz', allow: ['10.0.0.*'], deny: [], order: 'allow-deny' },
      { id: 2, name: 'gz', dataCenter: 'gz', allow: ['10.1.0.*'], deny: [], order: 'allow-deny' },
    ],
    stations: [],
  });
  const grouped = cart.endpoints.map((endpoint) => ({ ...endpoint, grouped: true, active: true }));
  lab.objects.push(lookupObject(cartName, grouped));
  const query = queryProxy(lab.port);
  const found = async (nodeName: string | undefined) => {
    const context = new Map(nodeName === undefined ? [] : [['node_name', nodeName]]);
    const { activeEp } = await query.findObjectByIdInSameGroup({ id: cartName }, { context });
    return activeEp.map(({ nodeName: node }) => node);
  };
  expect(await found(undefined)).toEqual(['sz-1', 'sz-2']);
  expect(await found('sz-1')).toEqual(['sz-1', 'sz-2']);
  expect(await found('127.0.0.1')).toEqual(['sz-1', 'sz-2']);
  expect(await found('10.1.0.7')).toEqual(['gz-1']);
});

test('nobody knows it: both lists are empty, and that is no error', async () => {
  const lab = await startServantsLab();
  const query = queryProxy(lab.port);
  for (const id of ['Shop.NoServer.NoObj', 'nonsense', '', '../../etc', 'a\0b.c.d']) {
    expect(await query.findObjectByIdInSameGroup({ id })).toEqual({
      ret: 0,
      activeEp: [],
      inactiveEp: [],
    });
  }
  expect(lab.objects.asked).toEqual(['Shop.NoServer.NoObj']);
});

test('a change that is pushed is in the next answer', async () => {
  const lab = await startServantsLab();
  const query = queryProxy(lab.port);
  const hosts = async () =>
    hostsOf((await query.findObjectByIdInSameGroup({ id: cartName })).activeEp);
  expect(await hosts()).toEqual([]);
  lab.objects.push(cart);
  expect(await hosts()).toHaveLength(2);
  lab.objects.push(
    lookupObject(cartName, [lookupEndpoint('Shop.CartServer@sz-9', { port: 9009 })]),
  );
  expect(await hosts()).toEqual(['10.0.0.1:9009']);
});

test('an object that nobody serves yet is waited for a moment, once', async () => {
  const lab = await startServantsLab();
  const starting = [lookupEndpoint('Shop.CartServer@sz-1', { active: false })];
  lab.objects.atController.set(cartName, lookupObject(cartName, starting));
  const query = queryProxy(lab.port);
  const asked = query.findObjectByIdInSameGroup({ id: cartName });
  await eventually(() => lab.objects.asked.length === 1);
  lab.objects.push(cart);
  expect(hostsOf((await asked).activeEp)).toEqual(['10.0.0.1:9001', '10.0.0.2:9001']);

  // Nobody comes: the answer says so, within what a library waits.
  lab.objects.push(lookupObject(cartName, starting));
  const { activeEp, inactiveEp } = await query.findObjectByIdInSameGroup(
    { id: cartName },
    { timeoutMs: 3000 },
  );
  expect([activeEp, hostsOf(inactiveEp)]).toEqual([[], ['10.0.0.1:9001']]);
});

test('the framework is found at this port, and asked of nobody', async () => {
  const lab = await startServantsLab();
  const query = queryProxy(lab.port);
  const names = [
    'tars.tarsregistry.QueryObj',
    'tars.tarsnode.ServerObj',
    'tars.tarsconfig.ConfigObj',
    'tars.tarsnotify.NotifyObj',
    'tars.tarslog.LogObj',
    'tars.tarsstat.StatObj',
    'tars.tarsproperty.PropertyObj',
  ];
  for (const id of names) {
    const { ret, activeEp } = await query.findObjectByIdInSameGroup({ id });
    expect([id, ret, hostsOf(activeEp)]).toEqual([id, 0, [`127.0.0.1:${lab.port}`]]);
    const { activeEp: inSet } = await query.findObjectByIdInSameSet({ id, setId: 'mall.sz.1' });
    expect(hostsOf(inSet)).toEqual([`127.0.0.1:${lab.port}`]);
  }
  const [endpoint] = (await query.findObjectById({ id: 'tars.tarslog.LogObj' })).ret;
  expect(endpoint).toMatchObject({ istcp: 1, groupworkid: -1, weight: -1, nodeName: 'sz-1' });
  expect(lab.objects.asked).toEqual([]);
});

test('a subscriber of an object hears of its changes, and of no others', async () => {
  const lab = await startServantsLab();
  const peer = await RawPeer.connect(lab.port);
  const body = Buffer.concat([text(1, cartName), text(2, 'me')]);
  const reply = await peer.ask(request({ servant: queryName, func: 'registerQuery', body }));
  expect(reply[5]).toBe(0);
  lab.objects.push(lookupObject('Shop.Other.OtherObj'));
  lab.objects.push(cart);
  await eventually(() => peer.packets.length === 2);
  const push = peer.packets[1];
  expect(push?.[3]).toBe(0);
  expect(push?.[7]).toEqual(new Map([['TARS_FUNC', 'registerQuery']]));
  const query = queryProxy(lab.port);
  const pushed: [string, Uint8Array][] = [];
  const own = queryProxy(lab.port, (func, bytes) => pushed.push([func, bytes]));
  await own.registerQuery({ id: cartName, name: 'me' });
  lab.objects.push(lookupObject(cartName, cart.endpoints.slice(0, 1)));
  await eventually(() => pushed.length === 1);
  expect(await query.findObjectById4Any({ id: cartName })).toMatchObject({ inactiveEp: [] });
});

test('a subscriber goes on hearing of an object that nobody asks for any more', async () => {
  const lab = await startServantsLab();
  lab.objects.push(cart);
  const pushed: string[] = [];
  const query = queryProxy(lab.port, (func) => pushed.push(func));
  await query.registerQuery({ id: cartName, name: 'me' });
  await query.registerQuery({ id: 'Shop.NoServer.NoObj', name: 'me' });
  const asked = lab.objects.asked.length;
  lab.objects.expire(cartName);
  lab.objects.expire('Shop.NoServer.NoObj');
  await eventually(() => lab.objects.asked.length > asked);
  expect(lab.objects.asked.slice(asked)).toEqual([cartName]);
  expect(pushed).toEqual([]);
  lab.objects.push(lookupObject(cartName));
  await eventually(() => pushed.length === 1);
  expect(await query.registerQuery({ id: 'no name', name: 'me' })).toEqual({ ret: -1 });
});

test('a subscriber to everything hears when it is behind, and of every change', async () => {
  const lab = await startServantsLab();
  const peer = await RawPeer.connect(lab.port);
  const ask = (timestamps: Readonly<Record<string, string>>) =>
    request({
      servant: queryName,
      func: 'registerChange',
      body: Buffer.concat([textMap(1, timestamps), text(2, 'me')]),
    });
  await peer.write(ask({}));
  await eventually(() => peer.packets.length === 2);
  const pushOf = (packet: (typeof peer.packets)[number] | undefined) => packet?.[7];
  expect(peer.packets.map(pushOf)).toContainEqual(new Map([['TARS_FUNC', 'registerChange']]));
  lab.objects.push(cart);
  await eventually(() => peer.packets.length === 3);
  lab.objects.pushTopology({ groups: [], stations: [] });
  await eventually(() => peer.packets.length === 4);
});

test('a service asks to be the master in the name of this node', async () => {
  const lab = await startServantsLab();
  const query = queryProxy(lab.port);
  const req = { application: 'Shop', server_name: 'CartServer', isMaster: true, timeout: 5000 };
  expect(await query.getLocker({ req: { ...req, node_name: 'sz-7' } })).toEqual({ ret: 0 });
  expect(lab.locks).toEqual([{ service: 'Shop.CartServer', isMaster: true, timeoutMs: 5000 }]);
  expect(await query.getLocker({ req: { ...req, server_name: '' } })).toEqual({ ret: 2 });
  expect(await query.getLocker({ req: {} })).toEqual({ ret: 2 });
  expect(lab.locks).toHaveLength(1);
});

test('the bytes of an answer are those of the interface file', async () => {
  const lab = await startServantsLab();
  lab.objects.push(lookupObject(cartName, [cart.endpoints[0]!]));
  const peer = await RawPeer.connect(lab.port);
  const body = text(1, cartName);
  const reply = await peer.ask(
    request({ servant: queryName, func: 'findObjectByIdInSameGroup', body, requestId: 7 }),
  );
  expect(reply).toMatchObject({ 1: 1, 2: 0, 3: 7, 4: 0, 5: 0 });
  const expected = Buffer.concat([
    int(0, 0),
    list(2, [
      struct(0, [
        text(0, '10.0.0.1'),
        int(1, 9001),
        int(2, 3000),
        int(3, 1),
        int(4, 0),
        int(5, -1),
        int(6, -1),
        text(7, 'mall.sz.1'),
        int(8, 0),
        int(9, 0),
        int(11, -1),
        int(12, 0),
        int(13, 0),
        text(14, 'sz-1'),
      ]),
    ]),
    list(3, []),
  ]);
  const { readFields } = await import('../../support/servants/read-fields.ts');
  expect(readFields(reply[6] as Buffer)).toEqual(readFields(expected));
});
