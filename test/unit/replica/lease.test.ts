import { describe, expect, test } from 'vitest';
import {
  applyLease,
  emptyLeaseState,
  type LeaseCommand,
  type LeaseState,
} from '../../../replica/core/lease.ts';
import { LeaseMember } from '../../../replica/core/lease-member.ts';

function acquire(holder: string, watched?: { token: number; renewals: number }): LeaseCommand {
  const command = { type: 'acquire-lease', name: 'leader', holder, durationMs: 1_000 } as const;
  return watched === undefined ? command : { ...command, watched };
}

function change(
  type: 'renew-lease' | 'release-lease',
  holder: string,
  token: number,
): LeaseCommand {
  return { type, name: 'leader', holder, token };
}

function run(state: LeaseState, ...commands: LeaseCommand[]): string[] {
  return commands.map((command, index) => {
    const { granted, lease } = applyLease(state, command, index + 1);
    const holder =
      lease === undefined ? 'free' : `${lease.holder} ${lease.token}.${lease.renewals}`;
    return `${granted ? 'granted' : 'refused'}: ${holder}`;
  });
}

describe('the replicated lease', () => {
  test('is granted when free, renewed and freed by its holder only', () => {
    const steps = run(
      emptyLeaseState(),
      acquire('a'),
      acquire('b'),
      change('renew-lease', 'b', 1),
      change('renew-lease', 'a', 9),
      change('renew-lease', 'a', 1),
      change('release-lease', 'b', 1),
      change('release-lease', 'a', 1),
      change('renew-lease', 'a', 1),
      acquire('b'),
    );
    expect(steps).toEqual([
      'granted: a 1.0',
      'refused: a 1.0',
      'refused: a 1.0',
      'refused: a 1.0',
      'granted: a 1.1',
      'refused: a 1.1',
      'granted: free',
      'refused: free',
      'granted: b 9.0',
    ]);
  });

  test('passes to who watched it unrenewed, and not to who missed a renewal', () => {
    const steps = run(
      emptyLeaseState(),
      acquire('a'),
      change('renew-lease', 'a', 1),
      acquire('b', { token: 1, renewals: 0 }),
      acquire('b', { token: 1, renewals: 1 }),
      acquire('c', { token: 1, renewals: 1 }),
      change('renew-lease', 'a', 1),
    );
    expect(steps.slice(2)).toEqual([
      'refused: a 1.1',
      'granted: b 4.0',
      'refused: b 4.0',
      'refused: b 4.0',
    ]);
  });

  test('never grants a lower token, even to a log that counts from 1 again', () => {
    const state = emptyLeaseState();
    applyLease(state, acquire('a'), 700);
    applyLease(state, change('release-lease', 'a', 700), 701);
    expect(applyLease(state, acquire('b'), 1).lease?.token).toBe(701);
  });

  test('keeps leases of different names apart', () => {
    const state = emptyLeaseState();
    applyLease(state, acquire('a'), 1);
    const other = { ...acquire('b'), name: 'other' };
    expect(applyLease(state, other, 2)).toMatchObject({ granted: true, lease: { token: 2 } });
    expect(state.leases.get('leader')?.holder).toBe('a');
  });
});

describe('a member', () => {
  const options = { name: 'leader', holder: 'a', durationMs: 1_000, clockDriftMax: 0 };
  const lease = { holder: 'a', token: 1, renewals: 0, durationMs: 1_000 };

  test('asks, holds from when it asked, renews in time, and stops in time', () => {
    const member = new LeaseMember(options);
    member.observe(undefined, 0);
    expect(member.next(0)).toMatchObject({ type: 'acquire-lease' });
    expect(member.next(1)).toBeUndefined();
    member.settle({ granted: true, lease });
    expect([member.token(0), member.token(999), member.token(1_000)]).toEqual([1, 1, undefined]);
    expect(member.wakeAtMs(50)).toBe(200);
    expect(member.next(199)).toBeUndefined();
    expect(member.next(200)).toEqual({
      type: 'renew-lease',
      name: 'leader',
      holder: 'a',
      token: 1,
    });
    expect(member.wakeAtMs(200)).toBe(1_000);
    member.settle({ granted: true, lease: { ...lease, renewals: 1 } });
    expect(member.token(1_199)).toBe(1);
    expect(member.token(1_200)).toBeUndefined();
  });

  test('allows for clocks that drift apart', () => {
    const member = new LeaseMember({ ...options, clockDriftMax: 0.05 });
    member.observe(undefined, 0);
    member.next(0);
    member.settle({ granted: true, lease });
    expect(member.token(904)).toBe(1);
    expect(member.token(905)).toBeUndefined();
  });

  test('waits for the whole duration after every renewal that it sees', () => {
    const member = new LeaseMember(options);
    const other = { ...lease, holder: 'b' };
    member.observe(other, 0);
    expect(member.wakeAtMs(0)).toBe(1_000);
    member.observe({ ...other, renewals: 1 }, 900);
    expect(member.next(1_000)).toBeUndefined();
    expect(member.next(1_900)).toMatchObject({ watched: { token: 1, renewals: 1 } });
  });

  test('stops at once when it sees another holder', () => {
    const member = new LeaseMember(options);
    member.observe(undefined, 0);
    member.next(0);
    member.settle({ granted: true, lease });
    member.observe({ ...lease, holder: 'b', token: 2 }, 10);
    expect(member.token(10)).toBeUndefined();
  });

  test('tries again a little later after a failed proposal, and goes on holding meanwhile', () => {
    const member = new LeaseMember(options);
    member.observe(undefined, 0);
    member.next(0);
    member.settle({ granted: true, lease });
    member.observe(lease, 0);
    expect(member.next(200)).toBeDefined();
    member.fail(210);
    expect(member.token(210)).toBe(1);
    expect(member.next(300)).toBeUndefined();
    expect(member.wakeAtMs(300)).toBe(410);
    expect(member.next(410)).toMatchObject({ type: 'renew-lease' });
  });

  test('leaves: acts no longer, frees what is recorded under it, and asks for nothing more', () => {
    const member = new LeaseMember(options);
    member.observe(undefined, 0);
    member.next(0);
    member.leave();
    member.settle({ granted: true, lease });
    expect(member.token(1)).toBeUndefined();
    member.observe(lease, 1);
    expect(member.next(1)).toMatchObject({ type: 'release-lease', token: 1 });
    member.fail(2);
    expect(member.next(9_999)).toBeUndefined();
  });

  test('of an exclusive log takes over from the dead at once and keeps it without renewals', () => {
    const member = new LeaseMember({ ...options, exclusiveLog: true });
    member.observe({ ...lease, holder: 'process before' }, 0);
    expect(member.next(0)).toMatchObject({ watched: { token: 1, renewals: 0 } });
    member.settle({ granted: true, lease: { ...lease, token: 2 } });
    expect(member.token(1e12)).toBe(2);
    expect(member.next(1e12)).toBeUndefined();
    expect(member.wakeAtMs(1e12)).toBe(Infinity);
  });
});
