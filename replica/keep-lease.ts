/** Keeps a lease with the clock of this machine. */

import { uptime } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { runLeaseLoop, type LeaseOwner, type LeaseTiming } from './core/lease-loop.ts';
import { LeaseMember, type LeaseMemberOptions } from './core/lease-member.ts';

/**
 * Acquires and renews the lease until `signal` aborts, then frees it and resolves. Every effect of
 * the holder must carry the token that `owner.onChange` was told last.
 */
export function keepLease(
  options: LeaseMemberOptions,
  owner: LeaseOwner,
  signal: AbortSignal,
): Promise<void> {
  return runLeaseLoop(new LeaseMember(options), owner, machineTiming, signal);
}

/** The steady clock of this machine. */
export const machineTiming: LeaseTiming = {
  // Counts on while the machine is suspended, which the clock of `performance` does not.
  nowMs: () => uptime() * 1_000,
  wait: async (delayMs, signal) => {
    await delay(delayMs, undefined, { signal }).catch(() => undefined);
  },
};
