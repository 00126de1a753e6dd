/** From a commit to the agents: placements decided and durable, an idle fleet's cost, the way of a change. */

import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { registerLink } from '../controller/agents/register-link.ts';
import { listenApi } from '../controller/api/listen.ts';
import { createApiServer } from '../controller/api/server.ts';
import { openTokens } from '../controller/api/tokens.ts';
import { RolloutLoop } from '../controller/rollout/rollout-loop.ts';
import { ControllerRing } from '../link/connection/controller-ring.ts';
import { connectToController } from '../link/connection/connect.ts';
import { registryMachine } from '../registry/registry-machine.ts';
import { startReplica } from '../replica/core/log-replica.ts';
import { openEmbeddedBlobs } from '../replica/drivers/embedded/embedded-blobs.ts';
import { openEmbeddedLog } from '../replica/drivers/embedded/embedded-log.ts';
import {
  commitOf,
  node,
  observedOf,
  reportOf,
  scope,
  targetOf,
} from '../test/support/registry/builders.ts';
import type { Benchmark, BenchmarkResult } from './benchmark.ts';

const agents = 200;
const scopesCount = 1_000;
const placementsPerScope = 10;
const rounds = 20;

const nodeNames = Array.from({ length: agents }, (_, index) => `n${index}`);
const scopes = Array.from({ length: scopesCount }, (_, index) =>
  scope({
    service: `A.S${index}`,
    nodes: Array.from(
      { length: placementsPerScope },
      (_ignored, place) => nodeNames[(index * placementsPerScope + place) % agents] ?? '',
    ),
    revision: `r${index}`,
  }),
);
const instances = scopesCount * placementsPerScope;

const worker = scope({ service: 'B.Worker', nodes: nodeNames, revision: 'w' });

export const benchmark: Benchmark = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tarsier-bench-rollout-'));
  const ends: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  try {
    return await measure(folder, ends);
  } finally {
    for (const end of ends.toReversed()) await end();
  }
};

async function measure(folder: string, ends: (() => unknown)[]): Promise<BenchmarkResult[]> {
  const replica = await openRegistry(folder, ends);
  const { url, links, token } = await openLink(folder, replica, ends);
  const loop = new RolloutLoop({
    replica,
    packages: { find: () => undefined, explainMissing: () => '', onChange: () => () => {} },
    fencingToken: () => 1,
    nowMs: Date.now,
    after(delayMs, callback) {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
    onLeaseLost: console.error,
    onError: console.error,
  });
  ends.push(() => loop.stop());
  loop.start(links);

  const upsertNodes = nodeNames.map((name) => node(name));
  await replica.propose(commitOf('c1', { upsertNodes }));
  const startedAt = performance.now();
  await replica.propose(commitOf('c2', { upsertScopes: scopes }));
  await until(() => replica.state.targets.size === instances);
  const perSecond = instances / ((performance.now() - startedAt) / 1_000);

  const fleet = await connectFleet({ url, token }, ends);
  await until(() => fleet.every(({ targets }) => targets.size === instances / agents));
  await until(() => nodeNames.every((name) => links.hasReported(name)));
  await until(() => scopes.every((each) => loop.statusOf(each.scope)?.phase === 'settled'));
  const eventMs = await measureEvents(replica, loop);
  const [p50Ms = 0, p99Ms = 0] = await measureFanOut(replica, fleet);
  const snapshotMs = medianOf(5, () => registryMachine.encodeState(replica.state));
  return [
    bar(`placements decided and durable, ${instances} at once`, perSecond, 'per s', 2_000, 'least'),
    row(`one report in an idle fleet of ${instances}, log and rollout`, eventMs, 'ms'),
    row(`one change for each of ${agents} agents, p50`, p50Ms, 'ms'),
    bar(`one change for each of ${agents} agents, p99`, p99Ms, 'ms', 500, 'most'),
    row(`snapshot of ${instances} instances, encoded`, snapshotMs, 'ms'),
  ];
}

type Registry = Awaited<ReturnType<typeof openRegistry>>;

async function openRegistry(folder: string, ends: (() => unknown)[]) {
  const log = await openEmbeddedLog({ directory: join(folder, 'log') });
  ends.push(() => log.close());
  const blobs = await openEmbeddedBlobs({ directory: join(folder, 'blobs') });
  const ports = { newCommandId: randomUUID, wait: (ms: number) => delay(ms) };
  const replica = await startReplica({ log, blobs, machine: registryMachine }, ports);
  ends.push(() => replica.close());
  return replica;
}

async function openLink(folder: string, replica: Registry, ends: (() => unknown)[]) {
  const address = { host: '127.0.0.1', port: 0 };
  const tokens = await openTokens(join(folder, 'tokens'));
  const app = await createApiServer({ address, tokens });
  ends.push(() => app.close());
  const links = await registerLink(app, { replica });
  const url = await listenApi(app, address);
  return { url, links, token: readFileSync(join(folder, 'tokens', 'agent'), 'utf8').trim() };
}

interface BenchAgent {
  readonly targets: Set<string>;
  commit: string;
  heardAtMs: number;
}

/** Agents that report every target as running at once. */
async function connectFleet(
  controller: { readonly url: string; readonly token: string },
  ends: (() => unknown)[],
): Promise<readonly BenchAgent[]> {
  return nodeNames.map((name) => {
    const agent: BenchAgent = { targets: new Set(), commit: '', heardAtMs: 0 };
    let reports = 0;
    const report = (full: boolean, seen: readonly ReturnType<typeof observedOf>[]) => {
      reports += 1;
      connection.send({ type: 'report', number: reports, full, instances: seen, gone: [] });
    };
    const connection = connectToController({
      controllers: new ControllerRing({ named: [controller.url] }),
      token: controller.token,
      hello: () => ({
        node: name,
        sessionId: name,
        agentVersion: '0',
        bootId: 'b',
        hostname: 'bench',
        haveRevision: 0,
      }),
      onOpen: () => report(true, []),
      onMessage: (message) => {
        if (message.type !== 'targets') return;
        agent.heardAtMs = performance.now();
        for (const target of message.upsert) {
          agent.targets.add(target.instance);
          agent.commit = target.commit;
        }
        report(
          false,
          message.upsert.map(({ instance, revision, generation }) =>
            observedOf(instance, { revision, observedGeneration: generation }),
          ),
        );
      },
      onClose: () => {
        reports = 0;
      },
    });
    ends.push(() => connection.close());
    return agent;
  });
}

/** The time until a report is durable and the rollout has looked at what it means. */
async function measureEvents(replica: Registry, loop: RolloutLoop): Promise<number> {
  const times: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const phase = round % 2 === 1 ? 'unready' : 'running';
    const wanted = phase === 'unready' ? 'rolling' : 'settled';
    const seen = observedOf('A.S0@n0', { revision: 'r0', phase });
    const startedAt = performance.now();
    await replica.propose(reportOf('n0', 'n0', { instances: [seen] }));
    await until(() => loop.statusOf('d1/A.S0')?.phase === wanted);
    times.push(performance.now() - startedAt);
  }
  return percentile(times, 0.5);
}

async function measureFanOut(
  replica: Registry,
  fleet: readonly BenchAgent[],
): Promise<readonly number[]> {
  await replica.propose(commitOf('w', { upsertScopes: [worker] }));
  const times: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const commit = `round-${round}`;
    const upsert = nodeNames.map((name) => targetOf(worker, name, { commit }));
    const startedAt = performance.now();
    const command = { type: 'set-targets', at: 1, fencingToken: 1, reason: commit } as const;
    await replica.propose({ ...command, upsert, remove: [] });
    await until(() => fleet.every((agent) => agent.commit === commit));
    times.push(...fleet.map(({ heardAtMs }) => heardAtMs - startedAt));
  }
  return [percentile(times, 0.5), percentile(times, 0.99)];
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within a minute: ${condition}`);
    await nextTurn();
  }
}

function medianOf(times: number, work: () => unknown): number {
  const measured = Array.from({ length: times }, () => {
    const startedAt = performance.now();
    work();
    return performance.now() - startedAt;
  });
  return percentile(measured, 0.5);
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function row(name: string, value: number, unit: string): BenchmarkResult {
  return { name, value, unit, ok: true };
}

function bar(
  name: string,
  value: number,
  unit: string,
  ...[limit, kind]: [number, 'least' | 'most']
): BenchmarkResult {
  return { name, value, unit, bar: limit, ok: kind === 'least' ? value >= limit : value <= limit };
}
