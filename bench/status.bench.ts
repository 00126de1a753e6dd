/** The status API of a large fleet: lists, one screen, and how soon watchers hear of a change. */

import type { InstanceObserved } from '../registry/model.ts';
import { TarsierClient } from '../sdk/typescript/client.ts';
import { startStatusServer, type StatusServer } from '../test/support/status/status-server.ts';
import type { Benchmark, BenchmarkResult } from './benchmark.ts';

const nodeCount = 500;
const serviceCount = 1_000;
const instancesPerService = 5;
const watchers = 200;
const listMsMax = 50;
const tellMsMax = 500;

const nodeName = (index: number): string => `sz-${String(index % nodeCount).padStart(4, '0')}`;

async function fill(server: StatusServer): Promise<void> {
  const { fleet } = server;
  const nodes = Array.from({ length: nodeCount }, (_, index) => nodeName(index));
  const services = Array.from({ length: serviceCount }, (_, index) => ({
    name: `Shop.S${String(index).padStart(4, '0')}`,
    nodes: Array.from({ length: instancesPerService }, (_unused, copy) => nodeName(index + copy)),
  }));
  for (const { name } of services) fleet.packages.add(`${name} 1.0.0`);
  await fleet.commit('large', { nodes, services });
  await fleet.connect(...nodes);
  for (const { name, nodes: on } of services) await fleet.tell(`sz/${name}`, ...on);
  for (const node of nodes) {
    const instances: InstanceObserved[] = [...fleet.state.targets.values()]
      .filter((target) => target.node === node)
      .map(({ instance, revision, generation }) => ({
        instance,
        phase: 'running',
        revision,
        observedGeneration: generation,
        restarts: 0,
        endpoints: [],
        since: fleet.now,
      }));
    const sessionId = fleet.state.sessions.get(node)?.sessionId ?? '';
    const report = { type: 'report-observed', at: fleet.now, node, sessionId } as const;
    await fleet.submit({ ...report, full: true, instances, gone: [] });
  }
}

async function timed(times: number, action: () => Promise<unknown>): Promise<readonly number[]> {
  await action();
  const took: number[] = [];
  for (let turn = 0; turn < times; turn += 1) {
    const began = performance.now();
    await action();
    took.push(performance.now() - began);
  }
  return took.toSorted((left, right) => left - right);
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** From a report that is durable to the last of many watchers that has read it. */
async function measureWatch(server: StatusServer, url: string): Promise<readonly number[]> {
  const client = new TarsierClient({ serverUrl: url });
  const ends = new AbortController();
  const seen = new Map<number, string>();
  const streams = Array.from({ length: watchers }, async (_, reader) => {
    const filters = { node: nodeName(0) };
    for await (const { items } of client.watch('instances', { filters, signal: ends.signal })) {
      for (const { id, reason } of items) if (id === 'Shop.S0000@sz-0000') seen.set(reader, reason);
    }
  });
  const all = async (reason: string) => {
    while (seen.size < watchers || seen.values().some((one) => one !== reason)) {
      await new Promise((done) => setImmediate(done));
    }
  };
  await all('Running');
  const took: number[] = [];
  for (let turn = 0; turn < 30; turn += 1) {
    const reason = `Turn${turn}`;
    await server.fleet.report('Shop.S0000@sz-0000', { phase: 'unready', reason });
    const began = performance.now();
    await all(reason);
    took.push(performance.now() - began);
  }
  ends.abort();
  await Promise.all(streams);
  await client.close();
  return took.toSorted((left, right) => left - right);
}

function row(name: string, value: number, unit: string, bar?: number): BenchmarkResult {
  if (bar === undefined) return { name, value, unit, ok: true };
  return { name, value, unit, bar, ok: value <= bar };
}

export const benchmark: Benchmark = async () => {
  const limits = { streamsMax: 1_000, streamsPerAddressMax: 1_000 };
  const server = await startStatusServer({ limits });
  try {
    await fill(server);
    const url = await server.listen();
    const get = (path: string) => server.app.inject(`/api/v1${path}`);
    const size = serviceCount * instancesPerService;
    const bytes = (await get('/services?limit=100')).body.length;
    const list = await timed(50, () => get('/services?limit=100'));
    const filtered = await timed(20, () => get('/instances?health=Unhealthy'));
    const status = await timed(20, () => get('/status'));
    const why = await timed(50, () => get('/why/any/Shop.S0500'));
    const watch = await measureWatch(server, url);
    return [
      row(`100 of ${serviceCount} services, p95`, at(list, 0.95), 'ms', listMsMax),
      row(`100 of ${serviceCount} services, size`, bytes / 1024, 'KiB'),
      row(`filter over ${size} instances`, at(filtered, 0.5), 'ms'),
      row(`whole status of ${size} instances`, at(status, 0.5), 'ms'),
      row('why one service', at(why, 0.5), 'ms'),
      row(`report to the last of ${watchers} watchers, p50`, at(watch, 0.5), 'ms'),
      row(`report to the last of ${watchers} watchers, p95`, at(watch, 0.95), 'ms', tellMsMax),
    ];
  } finally {
    await server.close();
  }
};
