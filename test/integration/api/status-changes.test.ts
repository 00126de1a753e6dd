/** What the status API says while the fleet changes: pages, deltas, tags, health, metrics. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cart, order, startShopServer } from '../../support/status/shop-server.ts';
import type { StatusServer } from '../../support/status/status-server.ts';

let server: StatusServer;

beforeEach(async () => {
  server = await startShopServer();
});

afterEach(() => server.close());

const get = (path: string) => server.app.inject(`/api/v1${path}`);
const json = async (path: string) => (await get(path)).json();

const paths = ['/status', '/cluster', '/services', `/services/sz/${cart}`, '/source', '/events'];

const read = () => Promise.all(paths.map(async (path) => (await get(path)).headers['etag']));

describe('changes', () => {
  test('one page after another gives everything once, also while items come and go', async () => {
    const first = await json('/instances?limit=2');
    expect(first.items.map(({ id }: { id: string }) => id)).toEqual([
      `${cart}@sh-1`,
      `${cart}@sz-1`,
    ]);
    expect(first).toMatchObject({ total: 4, revision: server.stores.registry.sequence });
    await server.fleet.commit('add one before', {
      nodes: ['aa-1'],
      services: [{ name: 'A.A', dataCenter: 'aa', nodes: ['aa-1'] }],
    });
    const second = await json(`/instances?limit=2&cursor=${first.nextCursor}`);
    expect(second.items.map(({ id }: { id: string }) => id)).toEqual([
      `${cart}@sz-2`,
      `${order}@sz-1`,
    ]);
    expect(second.nextCursor).toBeUndefined();
  });

  test('since gives what changed, and everything when it is too long ago', async () => {
    const before = server.stores.registry.sequence;
    await server.fleet.report(`${cart}@sz-2`, { phase: 'unready', reason: 'MonitorFailed' });
    await server.fleet.commit('drop order', { remove: [`sz/${order}`] });
    await server.fleet.setTargets([], [`${order}@sz-1`]);
    const changed = await json(`/instances?since=${before + 1}`);
    expect(changed.items.map(({ id }: { id: string }) => id)).toEqual([
      `${cart}@sz-2`,
      `${order}@sz-1`,
    ]);
    expect(changed).toMatchObject({ full: false, removed: [] });
    const services = await json(`/services?since=${before + 1}`);
    expect(services.items.map(({ scope }: { scope: string }) => scope)).toContain(`sz/${cart}`);
    expect(services.items.map(({ scope }: { scope: string }) => scope)).not.toContain(`sh/${cart}`);
    expect(await json(`/instances?since=${server.stores.registry.sequence + 5}`)).toMatchObject({
      items: [],
      full: false,
    });
  });

  test('tags are others after a change', async () => {
    const before = await read();
    await server.fleet.commit('next', {
      services: [{ name: cart, version: '9.9.9', nodes: ['sz-1'] }],
    });
    const after = await read();
    expect(after.filter((tag, index) => tag === before[index])).toEqual([]);
  });

  test('consistent waits for what other members acknowledged', async () => {
    server.catchUp = () => server.fleet.commit('from elsewhere', { nodes: ['sz-9'] });
    expect((await get('/nodes/sz-9')).statusCode).toBe(404);
    expect((await get('/nodes/sz-9?consistent=true')).statusCode).toBe(200);
  });

  test('ready says what is missing', async () => {
    expect((await server.app.inject('/healthz')).json()).toEqual({ status: 'ok' });
    expect((await server.app.inject('/readyz')).statusCode).toBe(200);
    server.notReady = ['no commit was accepted yet'];
    const answer = await server.app.inject('/readyz');
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toEqual({
      status: 'not ready',
      missing: ['no commit was accepted yet'],
    });
  });

  test('metrics speak of now', async () => {
    server.metrics.observeReconcile(30);
    await server.fleet.report(`${cart}@sz-1`, { phase: 'running', reason: 'FrameworkClosed' });
    await server.fleet.report(`${cart}@sh-1`, { phase: 'running', reason: '"} 1\nx' });
    const { body, headers } = await server.app.inject('/metrics');
    expect(headers['content-type']).toContain('text/plain');
    const sequence = server.stores.registry.sequence;
    for (const line of [
      `tarsier_registry_sequence ${sequence}`,
      'tarsier_agents_connected 3',
      'tarsier_faults 1',
      'tarsier_source_age_seconds 2',
      'tarsier_services{axis="health",state="Down"} 1',
      'tarsier_services{axis="rollout",state="Complete"} 2',
      'tarsier_nodes{state="Alive"} 3',
      'tarsier_instances{count="ready"} 3',
      'tarsier_instance_remarks{reason="FrameworkClosed"} 1',
      'tarsier_instance_remarks{reason="Other"} 1',
      'tarsier_problems{severity="error"} 1',
      'tarsier_reconcile_seconds_bucket{le="0.05"} 1',
    ]) {
      expect(body.split('\n')).toContain(line);
    }
    expect(body).toContain('process_cpu_seconds_total');
  });
});
