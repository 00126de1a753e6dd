import { describe, expect, onTestFinished, test } from 'vitest';
import { leaseMachine } from '../../../replica/core/lease-machine.ts';
import type { LeaseOwner } from '../../../replica/core/lease-loop.ts';
import type { LeaseCommand, LeaseResult, LeaseState } from '../../../replica/core/lease.ts';
import type { Replica } from '../../../replica/core/replica.ts';
import { openEmbeddedBlobs } from '../../../replica/drivers/embedded/embedded-blobs.ts';
import { keepLease } from '../../../replica/keep-lease.ts';
import { openReplica } from '../../../replica/open-replica.ts';
import { MemoryLog } from '../../support/replica/memory-log.ts';
import { temporaryFolder } from '../../support/replica/temporary-folder.ts';

type LockService = Replica<LeaseState, LeaseCommand, LeaseResult>;

const DURATION_MS = 300;

async function openLockService(log = new MemoryLog()): Promise<LockService> {
  const blobs = await openEmbeddedBlobs({ directory: temporaryFolder() });
  return openReplica({ log, blobs, machine: leaseMachine });
}

interface Running {
  /** What the owner was told, oldest first. */
  readonly told: (number | undefined)[];
  stop(): Promise<void>;
}

function keep(replica: LockService, holder: string, propose?: LeaseOwner['propose']): Running {
  const told: (number | undefined)[] = [];
  const stopping = new AbortController();
  const owner: LeaseOwner = {
    read: () => replica.state.leases.get('leader'),
    propose: propose ?? (async (command) => (await replica.propose(command)).result),
    subscribe: (listener) => replica.subscribe(listener),
    onChange: (token) => told.push(token),
  };
  const options = { name: 'leader', holder, durationMs: DURATION_MS };
  const done = keepLease(options, owner, stopping.signal);
  const stop = async () => {
    stopping.abort();
    await done;
  };
  onTestFinished(stop);
  return { told, stop };
}

describe('keeping a lease', () => {
  test('renews it for as long as it is wanted, and hands it over at once when it is left', async () => {
    const replica = await openLockService();
    const first = keep(replica, 'first');
    await expect.poll(() => first.told).toEqual([1]);
    const second = keep(replica, 'second');
    await expect.poll(() => replica.state.leases.get('leader')?.renewals).toBeGreaterThan(6);
    expect(second.told).toEqual([]);
    const start = performance.now();
    await first.stop();
    expect(first.told).toEqual([1, undefined]);
    await expect.poll(() => second.told.length, { interval: 5 }).toBe(1);
    expect(performance.now() - start).toBeLessThan(DURATION_MS);
    expect(second.told[0]).toBeGreaterThan(1);
  });

  test('ends in time for a holder whose proposals no longer get through', async () => {
    const replica = await openLockService();
    let cutOff = false;
    const cuttable = async (command: LeaseCommand) => {
      if (cutOff) return new Promise<LeaseResult>(() => {});
      return (await replica.propose(command)).result;
    };
    const stopping = new AbortController();
    const told: (number | undefined)[] = [];
    const owner: LeaseOwner = {
      read: () => replica.state.leases.get('leader'),
      propose: cuttable,
      subscribe: (listener) => replica.subscribe(listener),
      onChange: (token) => told.push(token),
    };
    onTestFinished(() => stopping.abort());
    void keepLease(
      { name: 'leader', holder: 'first', durationMs: DURATION_MS },
      owner,
      stopping.signal,
    );
    await expect.poll(() => told).toEqual([1]);
    cutOff = true;
    let firstHadStopped: boolean | undefined;
    const second = keep(replica, 'second');
    replica.subscribe(({ result }) => {
      if (result.granted && result.lease?.holder === 'second')
        firstHadStopped ??= told.length === 2;
    });
    await expect.poll(() => second.told.length, { timeout: 5_000 }).toBe(1);
    expect(told).toEqual([1, undefined]);
    expect(firstHadStopped).toBe(true);
  });

  test('goes on after failed proposals', async () => {
    const replica = await openLockService();
    let failures = 3;
    const flaky = async (command: LeaseCommand) => {
      failures -= 1;
      if (failures >= 0) throw new Error('not now');
      return (await replica.propose(command)).result;
    };
    const only = keep(replica, 'only', flaky);
    await expect.poll(() => only.told, { timeout: 5_000 }).toEqual([1]);
  });

  test('leaves even if the lease cannot be freed', async () => {
    const replica = await openLockService();
    const only = keep(replica, 'only');
    await expect.poll(() => only.told).toEqual([1]);
    await replica.close();
    await only.stop();
    expect(only.told).toEqual([1, undefined]);
  });

  test('survives a snapshot of the lock service', async () => {
    const log = new MemoryLog();
    const blobs = await openEmbeddedBlobs({ directory: temporaryFolder() });
    const replica = await openReplica({ log, blobs, machine: leaseMachine });
    const lease = { name: 'a', holder: 'h', durationMs: 1_000 } as const;
    await replica.propose({ type: 'acquire-lease', ...lease });
    await replica.propose({ type: 'acquire-lease', ...lease, name: 'b' });
    await replica.snapshot();
    const again = await openReplica({ log, blobs, machine: leaseMachine });
    expect(again.state).toEqual(replica.state);
    expect(again.state.leases.size).toBe(2);
    await again.close();
  });
});
