/** One primary at a time: whoever takes the lock keeps it while it renews it, and no longer. */

import { fc } from '../../support/seeded-property.ts';
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import type { TakeLock } from '../../../registry/commands.ts';
import type { RegistryState } from '../../../registry/model.ts';
import { initialRegistryState, registryMachine } from '../../../registry/registry-machine.ts';
import type { LockAnswer, RegistryAccepted } from '../../../registry/result.ts';
import {
  commitOf,
  node,
  observedOf,
  openOf,
  reportOf,
  scope,
  targetOf,
} from '../../support/registry/builders.ts';

const names = ['n1', 'n2', 'n3'];
const one = scope({ service: 'A.One', nodes: names, revision: 'r1' });
let sequence = 0;

function apply(state: RegistryState, command: Parameters<typeof registryMachine.apply>[1]) {
  const result = registryMachine.apply(state, command, (sequence += 1));
  if (!result.accepted) throw new Error(result.message);
  return result;
}

function fleet(): RegistryState {
  const state = initialRegistryState();
  apply(
    state,
    commitOf('c1', { upsertNodes: names.map((name) => node(name)), upsertScopes: [one] }),
  );
  const upsert = names.map((name) => targetOf(one, name));
  apply(state, { type: 'set-targets', at: 1, fencingToken: 1, upsert, remove: [], reason: 'test' });
  return state;
}

function take(
  state: RegistryState,
  name: string,
  at: number,
  parts: Partial<TakeLock> = {},
): RegistryAccepted & { readonly lock: LockAnswer } {
  const result = apply(state, {
    type: 'take-lock',
    service: 'A.One',
    node: name,
    at,
    holderIsMaster: false,
    timeoutMs: 100,
    ...parts,
  });
  if (result.lock === undefined) throw new Error('no answer');
  return { ...result, lock: result.lock };
}

const reasons = ({ events }: RegistryAccepted) => events.map(({ reason }) => reason);

describe('a lock', () => {
  it('goes to the first who asks, and stays with it while it is renewed', () => {
    const state = fleet();
    const first = take(state, 'n1', 1_000);
    expect(first.lock).toEqual({ code: 0, holder: 'n1', epoch: 1, expiresAt: 1_100 });
    expect(first.events).toMatchObject([
      {
        reason: 'PrimaryChanged',
        subject: { kind: 'Service', name: 'A.One' },
        message: 'The instance on n1 is the primary now (epoch 1).',
      },
    ]);
    const renewed = take(state, 'n1', 1_080, { holderIsMaster: true });
    expect(renewed.lock).toEqual({ code: 0, holder: 'n1', epoch: 1, expiresAt: 1_180 });
    expect(renewed.events).toEqual([]);
    expect(take(state, 'n2', 1_179).lock).toMatchObject({ code: 1, holder: 'n1' });
  });

  it('is free at the moment it expires, under a new epoch', () => {
    const state = fleet();
    take(state, 'n1', 1_000);
    const next = take(state, 'n2', 1_100);
    expect(next.lock).toEqual({ code: 0, holder: 'n2', epoch: 2, expiresAt: 1_200 });
    expect(next.events[0]?.message).toBe(
      'The instance on n2 is the primary now (epoch 2); n1 did not renew its lock in time.',
    );
    expect(take(state, 'n1', 1_101, { holderIsMaster: true }).lock).toMatchObject({ code: 1 });
  });

  it('that expired and nobody else took keeps its epoch for its holder', () => {
    const state = fleet();
    take(state, 'n1', 1_000);
    const late = take(state, 'n1', 9_000);
    expect(late.lock).toMatchObject({ code: 0, epoch: 1 });
    expect(late.events).toEqual([]);
  });

  it('does not come back when a clock goes back', () => {
    const state = fleet();
    take(state, 'n1', 1_000);
    take(state, 'n2', 1_100);
    expect(take(state, 'n1', 500).lock).toMatchObject({ code: 1, holder: 'n2' });
    expect(take(state, 'n2', 500).lock).toMatchObject({ code: 0, expiresAt: 1_200 });
  });

  it('has one holder for each service', () => {
    const state = fleet();
    const two = scope({ service: 'A.Two', nodes: ['n2'], revision: 'r1' });
    apply(state, commitOf('c2', { upsertScopes: [two] }));
    apply(state, {
      type: 'set-targets',
      at: 1,
      fencingToken: 1,
      upsert: [targetOf(two, 'n2')],
      remove: [],
      reason: 'test',
    });
    expect(take(state, 'n1', 1_000).lock).toMatchObject({ code: 0, epoch: 1 });
    expect(take(state, 'n2', 1_000, { service: 'A.Two' }).lock).toMatchObject({
      code: 0,
      epoch: 2,
    });
  });

  it('tells once when a second one takes itself for the primary', () => {
    const state = fleet();
    take(state, 'n1', 1_000);
    const disputed = take(state, 'n2', 1_010, { holderIsMaster: true });
    expect(disputed.events).toMatchObject([
      { reason: 'PrimaryDisputed', severity: 'warning', message: /n2 takes itself/ },
    ]);
    expect(reasons(take(state, 'n2', 1_020, { holderIsMaster: true }))).toEqual([]);
    expect(reasons(take(state, 'n2', 1_030))).toEqual([]);
    expect(reasons(take(state, 'n2', 1_040, { holderIsMaster: true }))).toEqual([
      'PrimaryDisputed',
    ]);
  });
});

describe('a question that makes no sense', () => {
  it.each<[string, string, Partial<TakeLock>]>([
    ['of a service that nobody knows', 'n1', { service: 'A.None' }],
    ['from a node that the service is not on', 'n9', {}],
    ['without time', 'n1', { timeoutMs: 0 }],
    ['with negative time', 'n1', { timeoutMs: -5 }],
    ['with half a millisecond', 'n1', { timeoutMs: 0.5 }],
    ['with no number', 'n1', { timeoutMs: Number.NaN }],
    ['for more than an hour', 'n1', { timeoutMs: 3_600_001 }],
  ])('%s is answered 2 and changes nothing', (_name, asking, parts) => {
    const state = fleet();
    const before = registryMachine.encodeState(state);
    expect(take(state, asking, 1_000, parts).lock).toEqual({ code: 2 });
    expect(registryMachine.encodeState(state)).toEqual(before);
  });
});

it('answers an instance that leaves, so that it does not keep a role it lost', () => {
  const state = fleet();
  apply(state, openOf('n1', 's1'));
  apply(state, reportOf('n1', 's1', { instances: [observedOf('A.One@n1')] }));
  const gone = { type: 'set-targets', at: 1, fencingToken: 1, upsert: [], reason: 'test' } as const;
  apply(state, { ...gone, remove: ['A.One@n1'] });
  expect(take(state, 'n1', 1_000).lock).toMatchObject({ code: 0 });
  apply(state, reportOf('n1', 's1', { gone: ['A.One@n1'] }));
  expect(take(state, 'n1', 1_001).lock).toEqual({ code: 2 });
  expect(take(state, 'n2', 1_100).lock).toMatchObject({ code: 0, epoch: 2 });
});

it('forgets the locks of services that are gone, and gives no epoch twice', () => {
  const state = fleet();
  const remove = names.map((name) => `A.One@${name}`);
  const gone = { type: 'set-targets', at: 1, fencingToken: 1, upsert: [], reason: 'test' } as const;
  take(state, 'n1', 1_000);
  apply(state, { ...gone, remove });
  apply(state, commitOf('c2', { removeScopes: [one.scope] }));
  expect(state.locks.byService.size).toBe(1);
  apply(state, commitOf('c3', { upsertScopes: [one] }));
  apply(state, { ...gone, upsert: [targetOf(one, 'n2'), targetOf(one, 'n3')], remove: [] });
  take(state, 'n2', 5_000, { timeoutMs: 1 });
  take(state, 'n3', 6_000, { timeoutMs: 1 });
  apply(state, { ...gone, remove });
  state.locks.latestAt = 7_000;
  apply(state, commitOf('c4', { removeScopes: [one.scope] }));
  expect(state.locks).toEqual({ latestAt: 7_000, epoch: 3, byService: new Map() });
});

it('reads a snapshot from before there were locks', () => {
  const packr = new Packr({ useRecords: false, int64AsType: 'number' });
  const before = fleet();
  const rows = packr.unpack(registryMachine.encodeState(before)) as Record<string, unknown>;
  const { locks, ...older } = rows;
  expect(locks).toBeDefined();
  const state = registryMachine.decodeState(packr.pack(older));
  expect(state).toEqual(before);
  expect(take(state, 'n1', 1_000).lock).toMatchObject({ code: 0, epoch: 1 });
});

it('never has two holders at one time, frees what is not renewed, and counts every change', () => {
  const step = fc.record({
    name: fc.constantFrom(...names),
    // Proposers' clocks differ, so that time seems to go back now and then.
    passesMs: fc.integer({ min: -40, max: 120 }),
    timeoutMs: fc.constantFrom(50, 100, 200),
    holderIsMaster: fc.boolean(),
  });
  let changes = 0;
  let refused = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const state = fleet();
      let clock = 1_000;
      let latest = 0;
      let held: { holder: string; epoch: number; untilMs: number } | undefined;
      for (const { name, passesMs, ...parts } of steps) {
        clock += passesMs;
        latest = Math.max(latest, clock);
        const { lock } = take(state, name, clock, parts);
        if (lock.code === 2) throw new Error('refused');
        const isAlive = held !== undefined && held.untilMs > latest;
        expect(lock.code).toBe(isAlive && held?.holder !== name ? 1 : 0);
        expect(lock.holder).toBe(lock.code === 0 ? name : held?.holder);
        if (lock.code === 1) {
          refused += 1;
          expect(lock.epoch).toBe(held?.epoch);
          continue;
        }
        const isChange = held?.holder !== name;
        if (isChange) changes += 1;
        expect(lock.epoch).toBe((held?.epoch ?? 0) + (isChange ? 1 : 0));
        expect(lock.expiresAt).toBe(latest + parts.timeoutMs);
        held = { holder: name, epoch: lock.epoch, untilMs: lock.expiresAt };
      }
    }),
    { numRuns: 500 },
  );
  expect(changes).toBeGreaterThan(1_000);
  expect(refused).toBeGreaterThan(1_000);
});
