/** The log over JetStream with one and three members, beside bare messages to the same servers. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { Engine } from '../../controller/cluster/open-engine.ts';
import { openJetStreamLog } from '../../replica/drivers/jetstream/open-jetstream-log.ts';
import { waitUntilReady } from '../../replica/drivers/jetstream/server/wait-until-ready.ts';
import { obtainNatsServer } from '../../test/support/engine/obtain-nats-server.ts';
import type { BenchmarkResult } from '../benchmark.ts';
import { makeDiskFolder } from '../disk-folder.ts';
import { quantile } from '../quantile.ts';
import { startEngines } from '../start-engines.ts';
import { appendOne, IN_FLIGHT, medianRateOf, PAYLOAD, timeOneByOne } from './append-rates.ts';

const SEQUENTIAL_APPENDS = 1_000;
const CONCURRENT_APPENDS = 10_000;
const P50_MS_MAX = 3;
const PER_SECOND_MIN = 12_000;
const READY_MS = 60_000;

export async function measureJetStream(): Promise<BenchmarkResult[]> {
  const binary = obtainNatsServer();
  if (binary === undefined) throw new Error('There is no nats-server to measure.');
  return [...(await measureMembers(binary, 1)), ...(await measureMembers(binary, 3))];
}

async function measureMembers(binary: string, size: number): Promise<BenchmarkResult[]> {
  const folder = makeDiskFolder('tarsier-bench-engine-');
  const engines: Engine[] = [];
  const connections: NatsConnection[] = [];
  try {
    engines.push(...(await startEngines(binary, folder, size)).engines);
    const [first] = engines;
    if (first === undefined) throw new Error('no member was started');
    const { servers, connectOptions } = first;
    await waitUntilReady({ servers, ...connectOptions }, READY_MS);
    const connection = await connect({ servers, ...connectOptions, noEcho: true });
    connections.push(connection);
    const bare = await measureBare(connection, size);
    return [...(await measureLog(connection, folder, size)), ...bare];
  } finally {
    for (const connection of connections) await connection.close();
    await Promise.all(engines.map((engine) => engine.close()));
    rmSync(folder, { recursive: true });
  }
}

async function measureLog(
  connection: NatsConnection,
  folder: string,
  size: number,
): Promise<BenchmarkResult[]> {
  const directory = join(folder, 'copy');
  const log = await openJetStreamLog({
    name: 'bench',
    connection,
    directory,
    replicas: size,
    members: 1,
  });
  try {
    const latenciesMs = await timeOneByOne(SEQUENTIAL_APPENDS, () => appendOne(log));
    const rate = await medianRateOf(CONCURRENT_APPENDS, () => appendOne(log));
    return resultsOf(`R${size}`, latenciesMs, rate, { isBar: size === 3 });
  } finally {
    await log.close();
  }
}

/** A message for each command, without a copy, a chain or batches. */
async function measureBare(connection: NatsConnection, size: number): Promise<BenchmarkResult[]> {
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: 'bare', subjects: ['bare'], num_replicas: size });
  const client = jetstream(connection);
  const publish = () => client.publish('bare', PAYLOAD);
  const latenciesMs = await timeOneByOne(SEQUENTIAL_APPENDS, publish);
  const rate = await medianRateOf(CONCURRENT_APPENDS / 5, publish);
  return resultsOf(`bare JetStream R${size}`, latenciesMs, rate, { isBar: false });
}

function resultsOf(
  label: string,
  latenciesMs: readonly number[],
  rate: number,
  { isBar }: { readonly isBar: boolean },
): BenchmarkResult[] {
  const p50 = quantile(latenciesMs, 0.5);
  const value = Math.round(rate);
  return [
    {
      name: `one by one, p50, ${label}`,
      value: p50,
      unit: 'ms',
      ok: !isBar || p50 <= P50_MS_MAX,
      ...(isBar && { bar: P50_MS_MAX }),
    },
    { name: `one by one, p99, ${label}`, value: quantile(latenciesMs, 0.99), unit: 'ms', ok: true },
    {
      name: `${IN_FLIGHT} in flight, ${label}`,
      value,
      unit: '/s',
      ok: !isBar || value >= PER_SECOND_MIN,
      ...(isBar && { bar: PER_SECOND_MIN }),
    },
  ];
}
