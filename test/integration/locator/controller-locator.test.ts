/** Lookups of clients on machines without an agent, from the registry of a controller. */

import pino from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { callerNode } from '../../../controller/locator/caller-node.ts';
import { startLocator, type LocatorOptions } from '../../../controller/locator/start-locator.ts';
import { QueryF } from '../../../tars/framework/query-f.ts';
import { TarsClient } from '../../../tars/rpc/client.ts';
import { eventually } from '../../support/agent/eventually.ts';
import * as build from '../../support/registry/builders.ts';
import { MemoryReplica } from '../../support/registry/memory-replica.ts';

const queryName = 'tars.tarsregistry.QueryObj';
const service = 'Shop.CartServer';
const id = `${service}.CartObj`;

async function startLab(options: Partial<LocatorOptions> = {}) {
  const replica = (options.replica as MemoryReplica | undefined) ?? new MemoryReplica();
  const locator = await startLocator({
    host: '127.0.0.1',
    port: 0,
    log: pino({ level: 'silent' }),
    now: () => 5_000,
    ...options,
    replica,
  });
  onTestFinished(() => locator.close());
  const pushed: string[] = [];
  const client = new TarsClient({
    onPush: (_endpoint, { status }) => pushed.push(status.get('TARS_FUNC') ?? ''),
  });
  onTestFinished(() => client.close());
  const endpoint = { host: '127.0.0.1', port: locator.port };
  return { replica, locator, query: client.proxy(endpoint, queryName, QueryF), pushed };
}

/** Two nodes of this machine, each with a running instance. */
async function runCart(replica: MemoryReplica): Promise<void> {
  const servants = [build.servantOf('CartObj', { port: 9_001 })];
  const scope = build.scope({
    service,
    nodes: ['sz-1', 'sz-2'],
    revision: 'r1',
    content: { servants },
  });
  const nodes = ['sz-1', 'sz-2'].map((name, index) => ({
    ...build.node(name),
    addresses: { main: '127.0.0.1', other: `10.0.0.${index + 1}` },
  }));
  await replica.propose(build.commitOf('c1', { upsertNodes: nodes, upsertScopes: [scope] }));
  const upsert = ['sz-1', 'sz-2'].map((name) => build.targetOf(scope, name));
  const targets = { type: 'set-targets', at: 15, fencingToken: 1, upsert, remove: [] } as const;
  await replica.propose({ ...targets, reason: 'test' });
  for (const [index, name] of ['sz-1', 'sz-2'].entries()) {
    await replica.propose(build.openOf(name, `s-${name}`));
    await report(replica, name, { host: `10.0.0.${index + 1}` });
  }
}

async function report(
  replica: MemoryReplica,
  node: string,
  parts: { readonly host: string; readonly phase?: 'running' | 'stopping' },
): Promise<void> {
  const { host, phase = 'running' } = parts;
  const endpoint = {
    servant: 'CartObj',
    protocol: 'tars',
    host,
    port: 9_001,
    weight: 100,
  } as const;
  const observed = build.observedOf(`${service}@${node}`, { phase, endpoints: [endpoint] });
  await replica.propose(build.reportOf(node, `s-${node}`, { instances: [observed] }));
}

function hostsOf(endpoints: readonly { readonly host: string; readonly port: number }[]) {
  return endpoints.map(({ host, port }) => `${host}:${port}`);
}

test('what the registry applied is in the next answer', async () => {
  const { replica, query } = await startLab();
  expect(await query.findObjectByIdInSameGroup({ id })).toEqual({
    ret: 0,
    activeEp: [],
    inactiveEp: [],
  });
  await runCart(replica);
  const before = await query.findObjectByIdInSameGroup({ id });
  expect(hostsOf(before.activeEp)).toEqual(['10.0.0.1:9001', '10.0.0.2:9001']);
  await report(replica, 'sz-1', { host: '10.0.0.1', phase: 'stopping' });
  const after = await query.findObjectByIdInSameGroup({ id });
  expect([hostsOf(after.activeEp), hostsOf(after.inactiveEp)]).toEqual([
    ['10.0.0.2:9001'],
    ['10.0.0.1:9001'],
  ]);
  expect(await query.findObjectNodeName({ id })).toEqual({ ret: 0, nodeName: ['sz-1', 'sz-2'] });
});

test('what was there before the start is answered', async () => {
  const replica = new MemoryReplica();
  await runCart(replica);
  const { query } = await startLab({ replica });
  expect(hostsOf((await query.findObjectById({ id })).ret)).toHaveLength(2);
});

test('the caller is near to where its node, or its address, is', async () => {
  const { replica, query } = await startLab();
  await runCart(replica);
  const desired = replica.state.scopes.get('d1/Shop.CartServer')?.desired;
  const group = (index: number) => ({
    id: index,
    name: `g${index}`,
    dataCenter: 'd1',
    allow: [`10.0.0.${index}`],
    deny: [],
    order: 'allow-deny' as const,
  });
  await replica.propose(
    build.commitOf('c2', {
      topology: { groups: [group(1), group(2)], stations: [] },
      upsertNodes: [{ ...build.node('gz-1'), addresses: { main: '10.0.0.2' } }],
      upsertScopes: desired === undefined ? [] : [{ ...desired, grouping: { idc: true } }],
    }),
  );
  const found = async (nodeName: string) => {
    const context = new Map([['node_name', nodeName]]);
    return hostsOf((await query.findObjectByIdInSameGroup({ id }, { context })).activeEp);
  };
  expect(await found('gz-1')).toEqual(['10.0.0.2:9001']);
  expect(await found('10.0.0.1')).toEqual(['10.0.0.1:9001']);
  expect(await found('nobody')).toHaveLength(2);
});

test('subscribers hear of changes', async () => {
  const { replica, query, pushed } = await startLab();
  await query.registerQuery({ id, name: 'me' });
  await runCart(replica);
  await eventually(() => pushed.includes('registerQuery'));
});

test('a locator tells where it is, and offers nothing else of the framework', async () => {
  const { query, locator } = await startLab();
  const own = await query.findObjectByIdInSameGroup({ id: queryName });
  expect(hostsOf(own.activeEp)).toEqual([`127.0.0.1:${locator.port}`]);
  for (const name of ['tars.tarsconfig.ConfigObj', 'tars.tarsnode.ServerObj']) {
    const { ret, activeEp, inactiveEp } = await query.findObjectByIdInSameGroup({ id: name });
    expect([ret, activeEp, inactiveEp]).toEqual([0, [], []]);
  }
});

test('one that listens everywhere says so only when it knows how it is reached', async () => {
  const anywhere = await startLab({ host: '0.0.0.0' });
  expect((await anywhere.query.findObjectById({ id: queryName })).ret).toEqual([]);
  const known = await startLab({ host: '0.0.0.0', publicHost: 'locator.example' });
  const [endpoint] = (await known.query.findObjectById({ id: queryName })).ret;
  expect(endpoint?.host).toBe('locator.example');
});

test('one instance is the master, by the node that its address says', async () => {
  const { replica, query } = await startLab();
  await runCart(replica);
  const req = { application: 'Shop', server_name: 'CartServer', isMaster: false, timeout: 5_000 };
  const ask = async (node_name: string) =>
    (await query.getLocker({ req: { ...req, node_name } })).ret;
  expect(await ask('sz-1')).toBe(0);
  expect(await ask('sz-2')).toBe(1);
  expect(await ask('sz-1')).toBe(0);
  expect(await ask('gz-9')).toBe(2);
  expect(replica.state.locks.byService.get(service)?.holder).toBe('sz-1');
  replica.failures = 1;
  expect(await ask('sz-1')).toBe(-1);
});

test('a client that asks for locks without end writes little into the registry, and into the log', async () => {
  const lines: string[] = [];
  const log = pino({}, { write: (line) => void lines.push(line) });
  const { replica, query } = await startLab({ log });
  await runCart(replica);
  const before = replica.sequence;
  const flood = (server_name: string): Promise<Set<number>> => {
    const req = { application: 'Shop', server_name, node_name: 'sz-1', timeout: 5_000 };
    const asked = Array.from({ length: 500 }, async () => (await query.getLocker({ req })).ret);
    return Promise.all(asked).then((codes) => new Set(codes));
  };
  expect(await flood('CartServer')).toEqual(new Set([0]));
  expect(replica.sequence - before).toBeLessThan(250);
  replica.failures = 500;
  const failing = await flood('CartServer');
  expect(failing).toContain(-1);
  expect(lines.length).toBeLessThan(5);
  replica.failures = 0;
  const between = replica.sequence;
  expect(await flood('NoServer')).toEqual(new Set([2]));
  expect(replica.sequence).toBe(between);
});

test.each<[string, string, readonly string[], string | undefined]>([
  ['one node has the address', '10.0.0.3', ['sz-1'], 'sz-3'],
  ['no node has it', '10.9.9.9', ['sz-1'], undefined],
  ['two have it, one is named', '10.0.0.1', ['', 'sz-2'], 'sz-2'],
  ['two have it, neither is named', '10.0.0.1', ['sz-3'], undefined],
])('the node of a caller: %s', (_what, ...[address, claimed, expected]) => {
  const nodes = new Map(
    Object.entries({ 'sz-1': '10.0.0.1', 'sz-2': '10.0.0.1', 'sz-3': '10.0.0.3' }).map(
      ([name, main]) => [name, { ...build.node(name), addresses: { main } }],
    ),
  );
  expect(callerNode(nodes, address, claimed)).toBe(expected);
});
