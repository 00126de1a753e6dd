/** Watching over real HTTP: everything first, every change once, resumed, bounded, and gone when told. */

import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { listKeys } from '../../../registry/status/list-keys.ts';
import { TarsierClient } from '../../../sdk/typescript/client.ts';
import type { WatchEvent } from '../../../sdk/typescript/watch.ts';
import { cart, order, startShopServer } from '../../support/status/shop-server.ts';
import { startStatusServer, type StatusServer } from '../../support/status/status-server.ts';

const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 15_000, interval: 20 });

let server: StatusServer;
let url: string;
let client: TarsierClient;
let ends: AbortController;

beforeEach(async () => {
  ends = new AbortController();
  server = await startShopServer();
  url = await server.listen();
  client = new TarsierClient({ serverUrl: url });
});

afterEach(async () => {
  ends.abort();
  await client.close();
  await server.close();
});

/** What a watcher that applies the events holds. */
function follow<Item>(
  events: AsyncIterable<WatchEvent<Item>>,
  keyOf: (item: Item) => string,
): { readonly held: Map<string, Item>; syncs: number; readonly done: Promise<void> } {
  const held = new Map<string, Item>();
  const state = { held, syncs: 0, done: Promise.resolve() };
  state.done = (async () => {
    for await (const event of events) {
      if (event.type === 'sync' && event.first) {
        held.clear();
        state.syncs += 1;
      }
      for (const item of event.items) held.set(keyOf(item), item);
      if (event.type === 'change') for (const key of event.removed) held.delete(key);
    }
  })();
  return state;
}

const strip = (items: readonly object[]) =>
  items
    .map((item) => JSON.stringify(item, (key, value) => (key === 'evidenceAt' ? 0 : value)))
    .toSorted();

describe('a watcher', () => {
  test('ends with exactly what a list says, through commits, crashes, losses and removals', async () => {
    const { signal } = ends;
    const instances = follow(client.watch('instances', { signal }), listKeys.instances);
    const services = follow(client.watch('services', { signal }), listKeys.services);
    const nodes = follow(client.watch('nodes', { signal }), listKeys.nodes);
    const endpoints = follow(client.watch('endpoints', { signal }), listKeys.endpoints);
    const { fleet } = server;
    await eventually(() => expect(instances.held.size).toBe(4));

    fleet.packages.add(`${cart} 2.0.0`);
    await fleet.commit('raise', { services: [{ name: cart, version: '2.0.0', nodes: ['sz-1'] }] });
    await fleet.run(`sz/${cart}`, 'sz-1');
    await fleet.setTargets([], [`${cart}@sz-2`]);
    await fleet.submit({
      type: 'report-observed',
      at: fleet.now,
      node: 'sz-2',
      sessionId: fleet.state.sessions.get('sz-2')?.sessionId ?? '',
      full: true,
      instances: [],
      gone: [],
    });
    await fleet.report(`${order}@sz-1`, { phase: 'running' });
    await fleet.lose('sh-1');
    await fleet.commit('add', { nodes: ['sz-7'], services: [{ name: order, nodes: ['sz-7'] }] });
    const main = `${cart}@sz-1/MainObj`;
    await eventually(() => expect(endpoints.held.has(main)).toBe(true));
    await fleet.report(`${cart}@sz-1`, { phase: 'starting', endpoints: [] });
    await eventually(() => expect(endpoints.held.has(main)).toBe(false));
    // It moves on before any agent was told of it.
    await eventually(() => expect(instances.held.has(`${order}@sz-7`)).toBe(true));
    await fleet.commit('move', { services: [{ name: order, nodes: ['sz-2'] }] });

    await eventually(async () => {
      const listed = async (name: 'instances' | 'services' | 'nodes' | 'endpoints') =>
        strip((await client.list(name)).items);
      expect(strip([...instances.held.values()])).toEqual(await listed('instances'));
      expect(strip([...services.held.values()])).toEqual(await listed('services'));
      expect(strip([...nodes.held.values()])).toEqual(await listed('nodes'));
      expect(strip([...endpoints.held.values()])).toEqual(await listed('endpoints'));
    });
    expect(instances.held.has(`${cart}@sz-2`)).toBe(false);
    expect(services.held.get(`sh/${cart}`)?.health).toBe('Unknown');
    expect([instances.syncs, services.syncs, nodes.syncs]).toEqual([1, 1, 1]);
  });

  test('with a filter is told when something begins and ceases to fit', async () => {
    const filters = { health: 'Unhealthy' };
    const sick = follow(
      client.watch('instances', { signal: ends.signal, filters }),
      listKeys.instances,
    );
    await eventually(() => expect([...sick.held.keys()]).toEqual([`${order}@sz-1`]));
    await server.fleet.report(`${cart}@sz-1`, { phase: 'failed' });
    await server.fleet.report(`${order}@sz-1`, { phase: 'running' });
    await eventually(() => expect([...sick.held.keys()]).toEqual([`${cart}@sz-1`]));
  });

  test('hears of what changes by the clock alone, and of faults, packages and the source', async () => {
    const { signal } = ends;
    const { fleet } = server;
    const nodes = follow(client.watch('nodes', { signal }), listKeys.nodes);
    const faults = follow(client.watch('faults', { signal }), listKeys.faults);
    const packages = follow(client.watch('packages', { signal }), listKeys.packages);
    const source = follow(client.watchOne('source', { signal }), () => 'source');
    const rollouts = follow(client.watch('rollouts', { signal }), listKeys.rollouts);
    await eventually(() =>
      expect([nodes.held.size, faults.held.size, source.held.size]).toEqual([3, 1, 1]),
    );
    await eventually(() => expect(rollouts.held.get(`sz/${order}`)?.phase).toBe('Stalled'));

    fleet.pass(20_000, ['sz-1', 'sz-2']);
    fleet.faults = [];
    fleet.packages.delete(`${order} 1.0.0`);
    fleet.packages.add(`${order} 3.0.0`);
    server.packagesChanged();
    const trouble = { code: 'SOURCE_UNREACHABLE', message: 'No answer.', since: fleet.now };
    fleet.source = { ...fleet.source, problem: trouble };
    await eventually(() => {
      expect(nodes.held.get('sh-1')?.state).toBe('Unknown');
      expect([...faults.held.keys()]).toEqual([]);
      expect([...packages.held.keys()].toSorted()).toEqual([`${cart}@1.0.0`, `${order}@3.0.0`]);
      expect(source.held.get('source')?.state).toBe('Unreachable');
    });
  });

  test('of events gets each one once', async () => {
    const seen: string[] = [];
    const events = client.watch('events', { signal: ends.signal });
    const done = (async () => {
      for await (const { items } of events) seen.push(...items.map(({ id }) => id));
    })();
    for (let turn = 0; turn < 20; turn += 1) {
      await server.fleet.report(`${cart}@sz-1`, { phase: turn % 2 === 0 ? 'unready' : 'running' });
    }
    const all = (await client.list('events')).items.map(({ id }) => id);
    await eventually(() => expect(seen).toEqual(all));
    ends.abort();
    await done;
  });
});

/** A bare reader, so that nothing of the client hides what is on the wire. */
function open(
  path: string,
  headers: Record<string, string> = {},
): Promise<{ response: IncomingMessage; text: () => string; close(): void }> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url + path, { headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk)));
      response.on('error', () => undefined);
      resolve({ response, text: () => text, close: () => outgoing.destroy() });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

const lastId = (text: string) => /id: (\S+)(?![\s\S]*id: )/.exec(text)?.[1] ?? '';

describe('on the wire', () => {
  test('a reader that comes back is told what it missed, and no more', async () => {
    const first = await open('/api/v1/instances?watch');
    expect(first.response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(first.response.headers['x-content-type-options']).toBe('nosniff');
    await eventually(() => expect(first.text()).toContain('event: sync'));
    first.close();
    await server.fleet.report(`${cart}@sz-1`, { phase: 'unready' });
    const again = await open('/api/v1/instances?watch', { 'last-event-id': lastId(first.text()) });
    await eventually(() => expect(again.text()).toContain('event: change'));
    expect(again.text()).not.toContain('event: sync');
    expect(again.text()).toContain(`${cart}@sz-1`);
    expect(again.text()).not.toContain(`"id":"${cart}@sz-2"`);
    again.close();
  });

  test.each([
    ['of another process', 'abcdef012345-3'],
    ['that is none', 'garbage'],
  ])('an event id %s begins anew', async (_name, id) => {
    const reader = await open('/api/v1/nodes?watch', { 'last-event-id': id });
    await eventually(() => expect(reader.text()).toContain('event: sync'));
    reader.close();
  });

  test('since a list, only what changed after it comes', async () => {
    const { revision } = await client.list('nodes');
    await server.fleet.commit('more', { nodes: ['sz-8'] });
    const reader = await open(`/api/v1/nodes?watch&since=${revision + 1}`);
    await eventually(() => expect(reader.text()).toContain('"name":"sz-8"'));
    expect(reader.text()).not.toContain('event: sync');
    expect(reader.text()).not.toContain('"name":"sz-2"');
    reader.close();
  });

  test('the server ends streams when it closes, without waiting for them', async () => {
    const reader = await open('/api/v1/status?watch');
    const ended = new Promise<void>((done) => reader.response.once('close', () => done()));
    const began = performance.now();
    await server.app.close();
    await ended;
    expect(performance.now() - began).toBeLessThan(3_000);
  });
});

describe('bounds', () => {
  test('too many streams are refused, and free again when one closes', async () => {
    const small = await startStatusServer({ limits: { streamsMax: 5, streamsPerAddressMax: 2 } });
    try {
      url = await small.listen();
      const readers = [await open('/api/v1/nodes?watch'), await open('/api/v1/nodes?watch')];
      const refused = await open('/api/v1/nodes?watch');
      expect(refused.response.statusCode).toBe(429);
      await eventually(() => expect(refused.text()).toContain('API_STREAMS_EXHAUSTED'));
      readers[0]?.close();
      await eventually(async () => {
        const next = await open('/api/v1/nodes?watch');
        expect(next.response.statusCode).toBe(200);
      });
    } finally {
      await small.close();
    }
  });

  test('a quiet stream is no idle connection', async () => {
    const quick = await startStatusServer({ idleTimeoutMs: 200 });
    try {
      url = await quick.listen();
      const gate = Promise.withResolvers<void>();
      quick.logs = async function* () {
        yield { lines: ['first'], position: 1 };
        await gate.promise;
        yield { lines: ['much later'], position: 2 };
      };
      const watch = await open('/api/v1/nodes?watch');
      const log = await open('/api/v1/logs/x@y?follow=true');
      const idle = connect(Number(new URL(url).port), '127.0.0.1');
      await new Promise((closed) => idle.once('close', closed));
      gate.resolve();
      await quick.fleet.commit('much later', { nodes: ['late-1'] });
      await eventually(() => {
        expect(log.text()).toBe('first\nmuch later\n');
        expect(watch.text()).toContain('late-1');
      });
      watch.close();
    } finally {
      await quick.close();
    }
  });

  test('a reader that takes nothing costs no memory, and gets the newest state when it reads on', async () => {
    const { fleet } = server;
    const names = Array.from({ length: 300 }, (_, index) => `A.S${index}`);
    const services = (version: string) => names.map((name) => ({ name, version, nodes: ['sz-1'] }));
    await fleet.commit('many', { services: services('0') });
    const sockets = new Set<Socket>();
    server.app.server.on('connection', (socket: Socket) => sockets.add(socket));
    const slow = await open('/api/v1/services?watch');
    slow.response.pause();
    // How much the kernel takes before the server has to wait differs from machine to machine.
    const waits = () => sockets.values().some((socket) => socket.writableNeedDrain);
    let turn = 0;
    await eventually(async () => {
      turn += 1;
      await fleet.commit(`turn ${turn}`, { services: services(String(turn)) });
      expect(waits()).toBe(true);
    });
    const fullAt = turn;
    const last = fullAt + 40;
    while (turn < last) {
      turn += 1;
      await fleet.commit(`turn ${turn}`, { services: services(String(turn)) });
    }
    const buffered = [...sockets].reduce((sum, socket) => sum + socket.writableLength, 0);
    expect(buffered).toBeLessThan(1024 * 1024);
    slow.response.resume();
    await eventually(() => expect(slow.text()).toContain(`"version":"${last}"`));
    const told = [...slow.text().matchAll(/"version":"(\d+)"/g)].map(([, version]) =>
      Number(version),
    );
    // Each of 40 turns changed all 300: most of them were never sent to this reader.
    expect(told.filter((version) => version > fullAt).length).toBeLessThan(300 * 35);
    slow.close();
  });
});
