/** Two controllers over one log: one leads, and a late one is refused. */

import { expect, it, onTestFinished } from 'vitest';
import { keepLeadership, type Leadership } from '../../../controller/leadership.ts';
import { FakeTime, settle } from '../../support/replica/fake-time.ts';
import { MemoryLog } from '../../support/replica/memory-log.ts';
import { startRegistryReplica } from '../../support/replica/controller-replicas.ts';
import type { LabReplica } from '../../support/link/link-lab.ts';
import { commitOf, node, scope, targetOf } from '../../support/registry/builders.ts';

interface Member {
  readonly registry: LabReplica;
  readonly time: FakeTime;
  readonly leadership: Leadership;
  /** What it was told. */
  readonly told: boolean[];
}

async function start(log: MemoryLog, controller: string, exclusiveLog = false): Promise<Member> {
  const registry = await startRegistryReplica(log);
  const time = new FakeTime();
  const told: boolean[] = [];
  const leadership = keepLeadership({
    registry,
    controller,
    exclusiveLog,
    now: () => 1,
    timing: time,
  });
  leadership.onChange((isLeader) => told.push(isLeader));
  onTestFinished(async () => {
    const closing = leadership.close();
    await time.advance(10_000);
    await closing;
  });
  await settle();
  return { registry, time, leadership, told };
}

const one = scope({ service: 'A.One', nodes: ['n1'], revision: 'r1' });

/** A second of both their lives, as often as wanted. */
async function live(seconds: number, ...members: readonly Member[]): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    for (const { time } of members) await time.advance(1_000);
    await settle();
  }
}

it('a leader that was stopped past its lease is replaced, and its late step is refused', async () => {
  const log = new MemoryLog();
  const a = await start(log, 'a');
  const b = await start(log, 'b');
  await live(3, a, b);
  const oldToken = a.leadership.fencingToken() ?? 0;
  expect([a.leadership.isLeader, b.leadership.isLeader]).toEqual([true, false]);
  await a.registry.propose(
    commitOf('c1', { fencingToken: oldToken, upsertNodes: [node('n1')], upsertScopes: [one] }),
  );

  // a does not run: its clock and its loop stand still.
  await live(12, b);
  expect(b.leadership.isLeader).toBe(true);
  expect(b.leadership.fencingToken()).toBeGreaterThan(oldToken);
  // a runs again, and has not looked at the time yet: it still acts on what it was told.
  const step = {
    type: 'set-targets',
    at: 1,
    fencingToken: oldToken,
    upsert: [targetOf(one, 'n1')],
    remove: [],
    reason: 'late',
  } as const;
  const { result } = await a.registry.propose(step);
  expect(result).toMatchObject({ accepted: false, code: 'STALE_LEASE' });
  await b.registry.catchUp();
  expect(b.registry.state.targets.size).toBe(0);
  expect(a.leadership.isLeader).toBe(false);
  await live(3, a, b);
  expect([a.told, b.told]).toEqual([[true, false], [true]]);
  expect(b.registry.state.leader?.controller).toBe('b');
});

it('a leader that ends hands over at once', async () => {
  const log = new MemoryLog();
  const a = await start(log, 'a');
  const b = await start(log, 'b');
  await live(2, a, b);
  expect(a.leadership.isLeader).toBe(true);
  const closing = a.leadership.close();
  await settle();
  await live(1, b);
  await closing;
  expect(b.leadership.isLeader).toBe(true);
  expect(b.registry.state.events.map(({ reason }) => reason)).toContain('LeaderChanged');
});

it('the only process that can have the log leads at once after a crash, and never renews', async () => {
  const log = new MemoryLog();
  const crashed = await startRegistryReplica(log);
  const wish = { type: 'acquire-lease', name: 'leader', holder: 'x', durationMs: 5_000 } as const;
  await crashed.propose({ type: 'lease', at: 1, controller: 'controller', lease: wish });
  const oldToken = crashed.state.fencingToken;
  const second = await start(log, 'controller', true);
  expect(second.leadership.isLeader).toBe(true);
  expect(second.leadership.fencingToken()).toBeGreaterThan(oldToken);
  const before = log.entries.length;
  await second.time.advance(3_600_000);
  await settle();
  expect(log.entries).toHaveLength(before);
  expect(second.registry.state.events).toEqual([]);
});
