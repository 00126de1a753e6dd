/** Lookups over the TARS protocol on one port of an agent; the callers are in another process. */

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { keepMemorySmall } from '../nodeagent/small-memory.ts';
import { startServants } from '../nodeagent/servants/start-servants.ts';
import { lookupEndpoint, lookupObject } from '../test/support/link/lookup-objects.ts';
import { FakeObjects } from '../test/support/servants/fake-objects.ts';
import { servedConfigs } from '../test/support/servants/served-configs.ts';
import type { Benchmark, BenchmarkResult } from './benchmark.ts';
import type { LoadAnswer, LoadRequest } from './locator/lookup-load-main.ts';

const counts = [1, 100, 10_000];
const endpointsPerObject = 3;
const lookupsPerSecondMin = 50_000;
const p99MsMax = 2;
const runs = 3;
const runMs = 2_000;

const loader = fileURLToPath(new URL('./locator/lookup-load-main.ts', import.meta.url));

export const benchmark: Benchmark = async () => {
  keepMemorySmall();
  const child = fork(loader);
  await once(child, 'message');
  try {
    const results: BenchmarkResult[] = [];
    for (const count of counts) results.push(...(await measure(child, count)));
    return results;
  } finally {
    child.kill();
  }
};

async function measure(child: ChildProcess, count: number): Promise<readonly BenchmarkResult[]> {
  const objects = new FakeObjects();
  const names = Array.from({ length: count }, (_, index) => `Shop.S${index}Server.MainObj`);
  for (const name of names) objects.push(objectNamed(name));
  const servants = await startServants({
    host: '127.0.0.1',
    port: 0,
    node: { name: 'sz-1', addresses: () => ['10.0.0.1'] },
    objects,
    locks: { requestLock: () => Promise.resolve(-1) },
    beats: {
      keepAlive: () => false,
      keepActiving: () => false,
      reportVersion: () => false,
      latestKeepAliveSeconds: () => 0,
    },
    configs: servedConfigs({}),
    reports: { add: () => undefined },
    log: pino({ level: 'silent' }),
  });
  const load = async (perSecond: number | 'all') =>
    ask(child, { port: servants.port, names, perSecond, forMs: runMs });
  try {
    await load('all');
    const fast: LoadAnswer[] = [];
    const cpu: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      const before = process.cpuUsage();
      fast.push(await load('all'));
      const { user, system } = process.cpuUsage(before);
      cpu.push((user + system) / (fast.at(-1)?.lookups ?? 1));
    }
    const paced: LoadAnswer[] = [];
    for (let run = 0; run < runs; run += 1) paced.push(await load(lookupsPerSecondMin / 2));
    const known = `${count} known`;
    const rate = median(fast.map(({ perSecond }) => perSecond));
    const pacedRate = median(paced.map(({ perSecond }) => perSecond));
    const half = `at ${Math.round(pacedRate / 1000)},000/s`;
    const p99 = median(paced.map(({ p99Ms }) => p99Ms));
    const isPaced = pacedRate >= (lookupsPerSecondMin / 2) * 0.95;
    return [
      {
        name: `${known}: pipelined`,
        value: Math.round(rate),
        unit: 'lookups/s',
        bar: lookupsPerSecondMin,
        ok: rate >= lookupsPerSecondMin,
      },
      { name: `${known}: server`, value: median(cpu), unit: 'µs of a core per lookup', ok: true },
      {
        name: `${known}: ${half}, p50`,
        value: median(paced.map(({ p50Ms }) => p50Ms)),
        unit: 'ms',
        ok: true,
      },
      {
        name: `${known}: ${half}, p99`,
        value: p99,
        unit: 'ms',
        bar: p99MsMax,
        ok: isPaced && p99 <= p99MsMax,
      },
    ];
  } finally {
    await servants.close();
  }
}

function objectNamed(name: string) {
  const endpoints = Array.from({ length: endpointsPerObject }, (_, index) =>
    lookupEndpoint(`${name.slice(0, name.lastIndexOf('.'))}@sz-${index}`, {
      host: `10.0.${index}.1`,
      port: 10_000,
    }),
  );
  return lookupObject(name, endpoints);
}

async function ask(child: ChildProcess, request: LoadRequest): Promise<LoadAnswer> {
  const answered = once(child, 'message');
  child.send(request);
  const [answer] = (await answered) as [LoadAnswer];
  return answer;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
