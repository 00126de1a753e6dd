/**
 * Blobs on three members, three processes on loopback: how fast content is acknowledged by a majority
 * and read, what memory that takes, and what it does to appends to the log meanwhile.
 * `--engine jetstream` has the log on three real servers instead of the embedded one.
 */

import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { waitUntilReady } from '../replica/drivers/jetstream/server/wait-until-ready.ts';
import { obtainNatsServer } from '../test/support/engine/obtain-nats-server.ts';
import type { Benchmark, BenchmarkResult } from './benchmark.ts';
import { makeDiskFolder } from './disk-folder.ts';
import { quantile } from './quantile.ts';
import { startEngines, type StartedEngines } from './start-engines.ts';
import { startBenchMembers, type BenchMember } from './blobs/members.ts';

const MEGABYTE = 1_000_000;
const SIZES_MB = [200, 1_500];
const RUNS = 3;
const IN_MB_PER_SECOND_MIN = 80;
const RSS_GROWTH_MB_MAX = 150;
const P99_TIMES_IDLE_MAX = 2;
const IDLE_MS = 8_000;
const READY_MS = 60_000;

type Members = readonly [BenchMember, BenchMember, BenchMember];

async function tellAll(members: Members, kind: 'settle' | 'rss' | 'rssMost') {
  return Promise.all(members.map((member) => member.tell({ kind })));
}

interface Rates {
  readonly inMbPerSecond: number[];
  readonly outMbPerSecond: number[];
  readonly rssGrowthMb: number[];
  readonly appendMs: number[];
}

async function putAndGet(members: Members, sizeMb: number, rates: Rates, withLog: boolean) {
  const [a, b] = members;
  const sizeBytes = sizeMb * MEGABYTE;
  const before = await tellAll(members, 'rss');
  const seed = Math.trunc(performance.now());
  const put = await a.tell({ kind: 'put', seed, sizeBytes, withLog });
  await tellAll(members, 'settle');
  const { digest } = put;
  if (digest === undefined) throw new Error('a put without a digest');
  const get = await b.tell({ kind: 'get', digest, sizeBytes, withLog: false });
  const most = await tellAll(members, 'rssMost');
  const growth = most.map((answer, index) => {
    return (answer.rssGrowthBytes ?? 0) - (before[index]?.rssGrowthBytes ?? 0);
  });
  rates.inMbPerSecond.push(sizeMb / ((put.tookMs ?? Number.NaN) / 1_000));
  rates.outMbPerSecond.push(sizeMb / ((get.tookMs ?? Number.NaN) / 1_000));
  rates.rssGrowthMb.push(Math.max(...growth) / MEGABYTE);
  rates.appendMs.push(...(put.latenciesMs ?? []));
  for (const member of members) await member.tell({ kind: 'forget', digest });
}

async function measure(members: Members, sizeMb: number): Promise<BenchmarkResult[]> {
  const fresh = (): Rates => ({
    inMbPerSecond: [],
    outMbPerSecond: [],
    rssGrowthMb: [],
    appendMs: [],
  });
  const quiet = fresh();
  const busy = fresh();
  const idleMs: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    await putAndGet(members, sizeMb, quiet, false);
    idleMs.push(...((await members[0].tell({ kind: 'idle', forMs: IDLE_MS })).latenciesMs ?? []));
    await putAndGet(members, sizeMb, busy, true);
  }
  const inRate = quantile(quiet.inMbPerSecond, 0.5);
  const growth = Math.max(...quiet.rssGrowthMb, ...busy.rssGrowthMb);
  const idle = quantile(idleMs, 0.99);
  const meanwhile = quantile(busy.appendMs, 0.99);
  const times = meanwhile / idle;
  const size = `${sizeMb} MB`;
  return [
    {
      name: `${size} in, held by a majority and synced`,
      value: inRate,
      unit: 'MB/s',
      bar: IN_MB_PER_SECOND_MIN,
      ok: inRate >= IN_MB_PER_SECOND_MIN,
    },
    {
      name: `${size} in, while the log is appended to`,
      value: quantile(busy.inMbPerSecond, 0.5),
      unit: 'MB/s',
      ok: true,
    },
    {
      name: `${size} out, verified`,
      value: quantile(quiet.outMbPerSecond, 0.5),
      unit: 'MB/s',
      ok: true,
    },
    {
      name: `${size}, most growth of memory of any member`,
      value: growth,
      unit: 'MB',
      bar: RSS_GROWTH_MB_MAX,
      ok: growth <= RSS_GROWTH_MB_MAX,
    },
    { name: `append, p50, idle`, value: quantile(idleMs, 0.5), unit: 'ms', ok: true },
    {
      name: `append, p50, while ${size} come in`,
      value: quantile(busy.appendMs, 0.5),
      unit: 'ms',
      ok: true,
    },
    { name: `append, p99, idle`, value: idle, unit: 'ms', ok: true },
    { name: `append, p99, while ${size} come in`, value: meanwhile, unit: 'ms', ok: true },
    {
      name: `append, p99, times idle, while ${size} come in`,
      value: times,
      unit: 'times',
      bar: P99_TIMES_IDLE_MAX,
      ok: times <= P99_TIMES_IDLE_MAX,
    },
  ];
}

async function startJetStream(folder: string): Promise<StartedEngines> {
  const binary = obtainNatsServer();
  if (binary === undefined) throw new Error('There is no nats-server to measure with.');
  const engines = await startEngines(binary, folder, 3);
  const [first] = engines.engines;
  if (first === undefined) throw new Error('no engine was started');
  await waitUntilReady({ servers: first.servers, ...first.connectOptions }, READY_MS);
  return engines;
}

export const benchmark: Benchmark = async () => {
  const { values } = parseArgs({
    args: process.argv.slice(3),
    options: { engine: { type: 'string', default: 'embedded' } },
  });
  const folder = makeDiskFolder('tarsier-bench-blobs-');
  const engines = values.engine === 'jetstream' ? await startJetStream(folder) : undefined;
  const engine = engines?.clusterFile ?? 'embedded';
  const [a, b, c] = await startBenchMembers(['a', 'b', 'c'], folder, engine);
  if (a === undefined || b === undefined || c === undefined) throw new Error('no members');
  const members: Members = [a, b, c];
  try {
    const results: BenchmarkResult[] = [];
    for (const sizeMb of SIZES_MB) results.push(...(await measure(members, sizeMb)));
    return results;
  } finally {
    for (const member of members) await member.stop();
    await Promise.all(engines?.engines.map((one) => one.close()) ?? []);
    rmSync(folder, { recursive: true });
  }
};
