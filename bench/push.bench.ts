/** How soon a change of an instance is visible to lookups on other machines. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ObjectFanout } from '../controller/agents/object-fanout.ts';
import { startLinkLab } from '../test/support/link/link-lab.ts';
import { startLinkedAgent, type LinkedAgent } from '../test/support/link/linked-agent.ts';
import { offering, servedFleet, serving } from '../test/support/link/served-fleet.ts';
import { reportOf } from '../test/support/registry/builders.ts';
import { MemoryReplica } from '../test/support/registry/memory-replica.ts';
import type { Benchmark, BenchmarkResult } from './benchmark.ts';

const agentCount = 50;
const serviceCount = 20;
const changes = 200;
const visibleMsMax = 200;
const fanoutAgents = 5_000;

const nodeName = (index: number): string => `n${index}`;
const serviceName = (index: number): string => `Shop.S${index}`;

function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function row(name: string, value: number, unit: string, bar?: number): BenchmarkResult {
  if (bar === undefined) return { name, value, unit, ok: true };
  return { name, value, unit, bar, ok: value <= bar };
}

/** From the agent that sees the change to each of the others that looks it up. */
async function measureAgents(): Promise<readonly number[]> {
  await using stack = new AsyncDisposableStack();
  const onEnd = (end: () => Promise<void> | void) => stack.defer(end);
  const nodes = Array.from({ length: agentCount }, (_, index) => nodeName(index));
  const services = Array.from({ length: serviceCount }, (_, index) =>
    serving(serviceName(index), [nodeName(index), nodeName(index + 1)]),
  );
  const lab = await startLinkLab({ onEnd, timing: { heartbeatMs: 1_000, deadAfterMs: 60_000 } });
  for (const command of servedFleet(services, nodes)) await lab.propose(command);
  const agents: LinkedAgent[] = [];
  for (const [index, node] of nodes.entries()) {
    const dataDir = mkdtempSync(join(tmpdir(), 'tarsier-push-'));
    stack.defer(() => rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 }));
    const observed = services
      .filter((_, order) => order === index || order + 1 === index)
      .map(({ service }) => offering(`${service}@${node}`, 9_001));
    agents.push(startLinkedAgent({ ...lab, node, dataDir, onEnd, observed }));
  }
  for (const agent of agents) {
    for (const { service } of services) await agent.objects.ask(`${service}.Obj`);
  }
  const took: number[] = [];
  for (let turn = 1; turn <= changes; turn += 1) {
    const service = turn % serviceCount;
    const name = `${serviceName(service)}.Obj`;
    const seen = agents.map(
      (agent) =>
        new Promise<void>((resolve) => {
          const stop = agent.objects.onChange((names) => {
            if (names === 'topology' || !names.includes(name)) return;
            stop();
            took.push(performance.now() - began);
            resolve();
          });
        }),
    );
    const began = performance.now();
    const instance = `${serviceName(service)}@${nodeName(service)}`;
    agents[service]?.session.changed(offering(instance, 10_000 + turn));
    await Promise.all(seen);
    await delay(5);
  }
  return took;
}

/** What a change costs the controller, and nothing else, when all agents look the object up. */
async function measureFanout(interested: number): Promise<readonly number[]> {
  const replica = new MemoryReplica();
  for (const command of servedFleet([serving('Shop.A', ['p1']), serving('Shop.B', ['p1'])])) {
    await replica.propose(command);
  }
  const sent = { messages: 0 };
  const fanout = new ObjectFanout({
    state: () => replica.state,
    sequence: () => replica.sequence,
    onTooLarge: () => {},
  });
  for (let index = 0; index < fanoutAgents; index += 1) {
    const subscriber = fanout.subscribe({
      hasRoom: () => true,
      sendEncoded: () => (sent.messages += 1),
    });
    const add = [index < interested ? 'Shop.A.Obj' : 'Shop.B.Obj'];
    subscriber.onInterest({ type: 'interest', full: true, add, remove: [] });
  }
  const took: number[] = [];
  for (let turn = 0; turn < 100; turn += 1) {
    const instances = [offering('Shop.A@p1', 10_000 + turn)];
    await replica.propose(reportOf('p1', 's0', { instances }));
    sent.messages = 0;
    fanout.touched(['Shop.A']);
    const began = performance.now();
    while (sent.messages < interested) await new Promise((resolve) => setImmediate(resolve));
    took.push(performance.now() - began);
  }
  return took;
}

export const benchmark: Benchmark = async () => {
  const seen = await measureAgents();
  const all = await measureFanout(fanoutAgents);
  const few = await measureFanout(10);
  const to = `${agentCount} agents`;
  return [
    row(`change visible on ${to}, p50`, at(seen, 0.5), 'ms'),
    row(`change visible on ${to}, p99`, at(seen, 0.99), 'ms', visibleMsMax),
    row(`change visible on ${to}, worst`, at(seen, 1), 'ms'),
    row(`fan-out to ${fanoutAgents} of ${fanoutAgents}, p50`, at(all, 0.5), 'ms'),
    row(`fan-out to 10 of ${fanoutAgents}, p50`, at(few, 0.5), 'ms'),
  ];
};
