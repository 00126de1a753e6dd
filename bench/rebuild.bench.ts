/** A controller that lost everything: until the registry knows all of 200 agents again, and what that restarted. */

import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { startController, type Controller } from '../controller/main.ts';
import { TestRepository } from '../test/support/git/test-repository.ts';
import type { Benchmark, BenchmarkResult } from './benchmark.ts';
import { SimulatedAgent } from './rebuild/simulated-agent.ts';

const agentCount = 200;
const instancesEach = 3;
const instancesOfService = 10;
const serviceCount = (agentCount * instancesEach) / instancesOfService;
const secondsMax = 30;
const waitMs = 300_000;
const logger = pino({ level: 'silent' });

export const benchmark: Benchmark = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tarsier-bench-rebuild-'));
  const ends: (() => unknown)[] = [
    () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
  ];
  try {
    return await measure(folder, ends);
  } finally {
    for (const end of ends.toReversed()) await end();
  }
};

async function measure(folder: string, ends: (() => unknown)[]): Promise<BenchmarkResult[]> {
  writeRepository(folder);
  const first = await start(folder, { port: 0, isRebuild: false });
  const token = first.readToken('agent');
  const agents = nodeNames().map((name) => new SimulatedAgent(name, { url: first.url, token }));
  ends.push(() => Promise.all(agents.map((agent) => agent.close())));
  await until(() => isSettled(first));
  const before = targetsOf(agents);
  const oldToken = first.registry.state.fencingToken;
  await first.close();
  loseAllButTokens(folder);
  for (const agent of agents) agent.changes = 0;

  const startedAt = performance.now();
  const second = await start(folder, { port: Number(new URL(first.url).port), isRebuild: true });
  ends.push(() => second.close());
  const { registry } = second;
  await until(() => registry.state.rebuild?.since !== undefined);
  const committedMs = performance.now() - startedAt;
  await until(() => registry.state.rebuild?.ended !== undefined);
  const endedMs = performance.now() - startedAt;
  await until(() => isSettled(second));
  const settledMs = performance.now() - startedAt;
  const changes = agents.reduce((sum, agent) => sum + agent.changes, 0);
  const isSame = JSON.stringify(targetsOf(agents)) === JSON.stringify(before);
  const isHigher = registry.state.fencingToken > oldToken;
  return [
    row('commit in force after the start', committedMs),
    {
      ...row(`all ${agentCount} agents heard`, endedMs),
      bar: secondsMax,
      ok: endedMs < secondsMax * 1_000,
    },
    row(`all ${agentCount * instancesEach} instances settled`, settledMs),
    {
      name: 'services started or stopped',
      value: changes,
      unit: '',
      bar: 0,
      ok: changes === 0 && isSame,
    },
    {
      name: 'the leader’s token is greater than before',
      value: Number(isHigher),
      unit: '',
      bar: 1,
      ok: isHigher,
    },
    { name: 'entries in the log', value: registry.sequence, unit: '', ok: true },
  ];
}

function row(name: string, ms: number): BenchmarkResult {
  return { name, value: ms / 1_000, unit: 's', ok: true };
}

function nodeNames(): readonly string[] {
  return Array.from({ length: agentCount }, (_, at) => `n${at}`);
}

function writeRepository(folder: string): void {
  const release = join(folder, 'packages', 'Bench.Base', '1.0.0');
  mkdirSync(release, { recursive: true });
  writeFileSync(join(release, 'run.sh'), 'sleep 1000\n');
  const names = nodeNames();
  const nodes = names.map((name, at) => {
    const address = `10.0.${Math.floor(at / 250)}.${(at % 250) + 1}`;
    return `apiVersion: tarsier/v1\nkind: Node\nmetadata: { name: ${name} }\nspec: { dataCenter: sz, addresses: { lan: ${address} } }\n`;
  });
  const center = `apiVersion: tarsier/v1\nkind: DataCenter\nmetadata: { name: sz }\nspec: { role: primary }\n`;
  const services = Array.from({ length: serviceCount }, (_, at) => {
    const from = (at * instancesOfService) % agentCount;
    const placed = names.slice(from, from + instancesOfService).join(', ');
    return `apiVersion: tarsier/v1
kind: Service
metadata: { name: Bench.Service${at} }
spec:
  type: process
  release: { package: Bench.Base, version: "1.0.0" }
  placement: [{ nodes: [${placed}] }]
  env: { PADDING: "${'x'.repeat(1_000)}" }
  run: { start: sh ./run.sh }
`;
  });
  const repository = new TestRepository(join(folder, 'repository'));
  repository.commitFiles({
    'nodes.yaml': [center, ...nodes].join('---\n'),
    'services.yaml': services.join('---\n'),
  });
}

function start(
  folder: string,
  { port, isRebuild }: { readonly port: number; readonly isRebuild: boolean },
): Promise<Controller> {
  return startController({
    dataDir: join(folder, 'controller'),
    version: 'bench',
    listen: { host: '127.0.0.1', port },
    source: { url: join(folder, 'repository') },
    // What was pushed is lost as well.
    ...(isRebuild ? { rebuild: { waitMs } } : { packagesDir: join(folder, 'packages') }),
    logger,
  });
}

/** The operator puts these back. */
function loseAllButTokens(folder: string): void {
  const dataDir = join(folder, 'controller');
  renameSync(join(dataDir, 'tokens'), join(folder, 'tokens'));
  rmSync(dataDir, { recursive: true });
  mkdirSync(dataDir, { mode: 0o700 });
  renameSync(join(folder, 'tokens'), join(dataDir, 'tokens'));
}

function targetsOf(agents: readonly SimulatedAgent[]): readonly string[] {
  return agents.flatMap(({ targets }) =>
    [...targets.values()].map(({ instance, revision }) => `${instance} ${revision}`).toSorted(),
  );
}

function isSettled({ registry, rollouts }: Controller): boolean {
  const scopes = [...registry.state.scopes.keys()];
  const settled = scopes.filter((scope) => rollouts.statusOf(scope)?.phase === 'settled');
  return scopes.length === serviceCount && settled.length === serviceCount;
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 120_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within two minutes: ${condition}`);
    await delay(10);
  }
}
