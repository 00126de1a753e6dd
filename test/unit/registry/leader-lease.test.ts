/** The leader's lease in the registry: who holds it fences off everyone before. */

import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import type { RegistryCommand } from '../../../registry/commands.ts';
import { initialRegistryState, registryMachine } from '../../../registry/registry-machine.ts';
import type { RegistryState } from '../../../registry/model.ts';
import type { LeaseCommand } from '../../../replica/core/lease.ts';
import {
  commitOf,
  node,
  openOf,
  reportOf,
  scope,
  targetOf,
} from '../../support/registry/builders.ts';

const one = scope({ service: 'A.One', nodes: ['n1'], revision: 'r1' });

class Log {
  readonly state: RegistryState = initialRegistryState();
  sequence = 0;

  run(command: RegistryCommand) {
    this.sequence += 1;
    return registryMachine.apply(this.state, command, this.sequence);
  }

  lease(controller: string, lease: LeaseCommand, registryId?: string) {
    const identity = registryId === undefined ? {} : { registryId };
    const result = this.run({ type: 'lease', at: 100, controller, lease, ...identity });
    if (!result.accepted) throw new Error(result.message);
    return result;
  }

  /** Takes the lease over, as after having watched it for its duration. */
  acquire(controller: string, registryId?: string) {
    const held = this.state.leases.leases.get('leader');
    const watched = held && { watched: { token: held.token, renewals: held.renewals } };
    const holder = `${controller}/1`;
    const wish = { type: 'acquire-lease', name: 'leader', holder, durationMs: 5_000 } as const;
    return this.lease(controller, { ...wish, ...watched }, registryId);
  }
}

const setTargets = (fencingToken: number): RegistryCommand => ({
  type: 'set-targets',
  at: 1,
  fencingToken,
  upsert: [targetOf(one, 'n1')],
  remove: [],
  reason: 'test',
});

describe('the lease of the leader', () => {
  it('has a token above all that leaders had before, and refuses what an old leader sends late', () => {
    const log = new Log();
    log.run(commitOf('c1', { fencingToken: 40, upsertNodes: [node('n1')], upsertScopes: [one] }));
    const first = log.acquire('a').lease?.lease?.token ?? 0;
    expect(first).toBeGreaterThan(40);
    expect(log.run(setTargets(40))).toMatchObject({ accepted: false, code: 'STALE_LEASE' });
    expect(log.run(setTargets(first))).toMatchObject({ accepted: true });

    const second = log.acquire('b').lease?.lease?.token ?? 0;
    expect(second).toBeGreaterThan(first);
    const before = registryMachine.encodeState(log.state);
    for (const late of [setTargets(first), commitOf('c2', { fencingToken: first })]) {
      expect(log.run(late)).toMatchObject({ accepted: false, code: 'STALE_LEASE' });
    }
    expect(registryMachine.encodeState(log.state)).toEqual(before);
    expect(log.run(setTargets(second))).toMatchObject({ accepted: true });
  });

  it('fences off the old leader also when the new one has done nothing yet, and after a release', () => {
    const log = new Log();
    const token = log.acquire('a').lease?.lease?.token ?? 0;
    log.lease('a', { type: 'release-lease', name: 'leader', holder: 'a/1', token });
    expect(log.state.leases.leases.size).toBe(0);
    expect(log.run(setTargets(token))).toMatchObject({ accepted: true });
    log.acquire('b');
    expect(log.run(setTargets(token))).toMatchObject({ code: 'STALE_LEASE' });
  });

  it('is told when another controller leads, and not when it is renewed or the same one restarts', () => {
    const log = new Log();
    const reasons = (result: { readonly events: readonly { readonly reason: string }[] }) =>
      result.events.map(({ reason }) => reason);
    const granted = log.acquire('a');
    expect(reasons(granted)).toEqual([]);
    const token = granted.lease?.lease?.token ?? 0;
    const renewed = log.lease('a', { type: 'renew-lease', name: 'leader', holder: 'a/1', token });
    expect(renewed).toMatchObject({ events: [], lease: { granted: true } });
    const nothing = { scopes: [], services: [], nodes: [], targets: [], strays: [] };
    expect(renewed.changes).toMatchObject({ ...nothing, topology: false });
    expect(reasons(log.acquire('a'))).toEqual([]);
    const changed = log.acquire('b');
    expect(reasons(changed)).toEqual(['LeaderChanged']);
    expect(changed.events[0]?.message).toBe('Controller b leads now, after a.');
    expect(log.state.leader).toMatchObject({ controller: 'b', since: 100 });
  });

  it('is not taken from a holder that renewed, and other leases fence nobody off', () => {
    const log = new Log();
    const token = log.acquire('a').lease?.lease?.token ?? 0;
    log.lease('a', { type: 'renew-lease', name: 'leader', holder: 'a/1', token });
    const wish = { type: 'acquire-lease', holder: 'b/1', durationMs: 5_000 } as const;
    const late = { ...wish, name: 'leader', watched: { token, renewals: 0 } };
    expect(log.lease('b', late).lease).toMatchObject({ granted: false });
    expect(log.lease('b', { ...wish, name: 'other' }).lease).toMatchObject({ granted: true });
    expect(log.state.fencingToken).toBe(token);
    expect(log.state.leader?.controller).toBe('a');
  });
});

describe('the identity of a registry', () => {
  it('is the first one that a lease names, for ever', () => {
    const log = new Log();
    log.run(commitOf('c1', {}));
    expect(log.state.registryId).toBeUndefined();
    log.acquire('a', 'id-1');
    log.acquire('b', 'id-2');
    expect(log.state.registryId).toBe('id-1');
    const restored = registryMachine.decodeState(registryMachine.encodeState(log.state));
    expect(restored).toEqual(log.state);
  });
});

it('a snapshot of a controller from before leases is read', () => {
  const log = new Log();
  log.run(commitOf('c1', { fencingToken: 9, upsertNodes: [node('n1')], upsertScopes: [one] }));
  log.run(openOf('n1', 's1'));
  log.run(reportOf('n1', 's1', { full: true }));
  const packr = new Packr({ useRecords: false, int64AsType: 'number' });
  const rows = packr.unpack(registryMachine.encodeState(log.state)) as Record<string, unknown>;
  for (const name of ['registryId', 'leader', 'leases', 'targetsChanged']) delete rows[name];
  const [[name, session]] = rows['sessions'] as [[string, Record<string, unknown>]];
  const { opened: _opened, reported: _reported, ...old } = session;
  const state = registryMachine.decodeState(packr.pack({ ...rows, sessions: [[name, old]] }));
  expect(state).toMatchObject({ registryId: undefined, leader: undefined, fencingToken: 9 });
  expect(state.leases).toEqual({ lastToken: 9, leases: new Map() });
  // What an earlier controller heard counts only once it is said again.
  expect(state.sessions.get('n1')).toEqual({ ...old, reported: false });
  const wish = { type: 'acquire-lease', name: 'leader', holder: 'a', durationMs: 1 } as const;
  registryMachine.apply(state, { type: 'lease', at: 1, controller: 'a', lease: wish }, 4);
  expect(state.fencingToken).toBe(10);
});
