import { describe, expect, onTestFinished, test } from 'vitest';
import { leaseMachine } from '../../../replica/core/lease-machine.ts';
import { runLeaseLoop, type LeaseOwner } from '../../../replica/core/lease-loop.ts';
import { LeaseMember } from '../../../replica/core/lease-member.ts';
import type { LeaseCommand, LeaseResult } from '../../../replica/core/lease.ts';
import { FakeTime, settle } from '../../support/replica/fake-time.ts';

const DURATION_MS = 1_000;

/** A replica without a log: every command is applied at once. */
class LockService {
  readonly state = leaseMachine.initial();
  readonly #listeners = new Set<() => void>();
  #sequence = 0;

  readonly propose = async (command: LeaseCommand): Promise<LeaseResult> => {
    this.#sequence += 1;
    const result = leaseMachine.apply(this.state, command, this.#sequence);
    for (const listener of this.#listeners) listener();
    return result;
  };

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

interface Running {
  /** What the owner was told, oldest first. */
  readonly told: (number | undefined)[];
  stop(): Promise<void>;
}

function keep(
  service: LockService,
  time: FakeTime,
  holder: string,
  propose = service.propose,
): Running {
  const told: (number | undefined)[] = [];
  const stopping = new AbortController();
  const owner: LeaseOwner = {
    read: () => service.state.leases.get('leader'),
    propose,
    subscribe: (listener) => service.subscribe(listener),
    onChange: (token) => told.push(token),
  };
  const member = new LeaseMember({ name: 'leader', holder, durationMs: DURATION_MS });
  const done = runLeaseLoop(member, owner, time, stopping.signal);
  onTestFinished(() => stopping.abort());
  const stop = async () => {
    stopping.abort();
    await done;
  };
  return { told, stop };
}

describe('the loop that keeps a lease', () => {
  test('renews it for as long as it is wanted, and hands it over at once when it is left', async () => {
    const [service, time] = [new LockService(), new FakeTime()];
    const first = keep(service, time, 'first');
    await settle();
    const second = keep(service, time, 'second');
    await time.advance(10 * DURATION_MS);
    expect(service.state.leases.get('leader')).toMatchObject({ holder: 'first', renewals: 50 });
    expect([first.told, second.told]).toEqual([[1], []]);
    await first.stop();
    await settle();
    expect(first.told).toEqual([1, undefined]);
    expect(second.told.length).toBe(1);
    expect(second.told[0]).toBeGreaterThan(1);
  });

  test('ends in time for a holder whose proposals no longer get through', async () => {
    const [service, time] = [new LockService(), new FakeTime()];
    let cutOff = false;
    const first = keep(service, time, 'first', (command) =>
      cutOff ? new Promise(() => {}) : service.propose(command),
    );
    await settle();
    const second = keep(service, time, 'second');
    cutOff = true;
    await time.advance(900);
    expect(first.told).toEqual([1]);
    await time.advance(10);
    expect(first.told).toEqual([1, undefined]);
    await time.advance(80);
    expect(second.told).toEqual([]);
    await time.advance(10);
    expect(second.told).toEqual([2]);
  });

  test('tries again after failed proposals, without hurry', async () => {
    const [service, time] = [new LockService(), new FakeTime()];
    let attempts = 0;
    const only = keep(service, time, 'only', (command) => {
      attempts += 1;
      return attempts <= 3 ? Promise.reject(new Error('not now')) : service.propose(command);
    });
    await time.advance(599);
    expect(attempts).toBe(3);
    await time.advance(1);
    expect(attempts).toBe(4);
    expect(only.told).toEqual([1]);
  });

  test('leaves even if the lease cannot be freed', async () => {
    const [service, time] = [new LockService(), new FakeTime()];
    const only = keep(service, time, 'only', (command) =>
      command.type === 'release-lease'
        ? Promise.reject(new Error('closed'))
        : service.propose(command),
    );
    await settle();
    await only.stop();
    expect(only.told).toEqual([1, undefined]);
    expect(service.state.leases.size).toBe(1);
  });

  test('frees a lease that is granted while it leaves', async () => {
    const [service, time] = [new LockService(), new FakeTime()];
    let answer: (() => void) | undefined;
    const only = keep(service, time, 'only', async (command) => {
      const result = await service.propose(command);
      if (command.type === 'acquire-lease')
        await new Promise<void>((resolve) => (answer = resolve));
      return result;
    });
    await settle();
    const stopped = only.stop();
    await settle();
    answer?.();
    await stopped;
    expect(only.told).toEqual([]);
    expect(service.state.leases.size).toBe(0);
  });
});

test('the state of a lock service survives encoding', () => {
  const state = leaseMachine.initial();
  const acquire = { type: 'acquire-lease', holder: 'h', durationMs: 1_000 } as const;
  leaseMachine.apply(state, { ...acquire, name: 'a' }, 4);
  leaseMachine.apply(state, { ...acquire, name: 'b' }, 9);
  expect(leaseMachine.decodeState(leaseMachine.encodeState(state))).toEqual(state);
  expect([...state.leases.keys(), state.lastToken]).toEqual(['a', 'b', 9]);
});
