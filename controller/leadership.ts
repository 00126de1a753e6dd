/** Which controller decides: keeps the leader's lease in the registry, and says how it stands. */

import { randomBytes, randomUUID } from 'node:crypto';
import type { RegistryCommand } from '../registry/commands.ts';
import { leaderLease } from '../registry/leader-lease.ts';
import type { RegistryState } from '../registry/model.ts';
import type { RegistryResult } from '../registry/result.ts';
import type { LeaseCommand, LeaseResult } from '../replica/core/lease.ts';
import { runLeaseLoop, type LeaseTiming } from '../replica/core/lease-loop.ts';
import { LeaseMember } from '../replica/core/lease-member.ts';
import type { Replica } from '../replica/core/replica.ts';
import { machineTiming } from '../replica/keep-lease.ts';
import { TarsierError } from '../errors/tarsier-error.ts';

export interface LeadershipOptions {
  readonly registry: Replica<RegistryState, RegistryCommand, RegistryResult>;
  /** Name of this controller. */
  readonly controller: string;
  /**
   * Only one process can have the log: the lease is taken at once and never renewed. Needs no
   * other setting.
   */
  readonly exclusiveLog: boolean;
  /** Another controller leads when the lease was not renewed for this long; 5 s by default. */
  readonly leaseMs?: number;
  /** 1 s by default; each renewal is an entry of the log. */
  readonly renewMs?: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The steady clock of the lease; that of the machine by default. */
  readonly timing?: LeaseTiming;
}

export interface Leadership {
  /** What every effect of the leader carries; `undefined` while another controller leads, or none. */
  fencingToken(): number | undefined;
  readonly isLeader: boolean;
  /** Called when leadership was gained or lost. Returns the unsubscriber. */
  onChange(listener: (isLeader: boolean) => void): () => void;
  /** Gives the lease back, so that another controller leads at once. */
  close(): Promise<void>;
}

const leaseMsDefault = 5_000;
const renewMsDefault = 1_000;

/** Runs from now on. */
export function keepLeadership(options: LeadershipOptions): Leadership {
  const { registry, controller, exclusiveLog, now, timing = machineTiming } = options;
  const listeners = new Set<(isLeader: boolean) => void>();
  const stop = new AbortController();
  let token: number | undefined;
  const member = new LeaseMember({
    name: leaderLease,
    // Of this start alone: nobody goes on with the lease of somebody else.
    holder: `${controller}/${randomBytes(6).toString('hex')}`,
    durationMs: options.leaseMs ?? leaseMsDefault,
    renewEveryMs: options.renewMs ?? renewMsDefault,
    exclusiveLog,
  });
  const owner = {
    read: () => registry.state.leases.leases.get(leaderLease),
    propose: (lease: LeaseCommand) => propose(lease, { registry, controller, at: now() }),
    subscribe(listener: () => void) {
      let before = owner.read();
      return registry.subscribe(() => {
        const lease = owner.read();
        if (lease === before) return;
        before = lease;
        listener();
      });
    },
    onChange(next: number | undefined) {
      token = next;
      for (const listener of listeners) listener(next !== undefined);
    },
  };
  const running = runLeaseLoop(member, owner, timing, stop.signal);
  return {
    // The loop may be late to notice the end of the lease, as after a pause of this process.
    fencingToken: () => (token === member.token(timing.nowMs()) ? token : undefined),
    get isLeader() {
      return this.fencingToken() !== undefined;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      stop.abort();
      await running;
    },
  };
}

interface Proposer extends Pick<LeadershipOptions, 'registry' | 'controller'> {
  readonly at: number;
}

async function propose(
  lease: LeaseCommand,
  { registry, controller, at }: Proposer,
): Promise<LeaseResult> {
  const identity = registry.state.registryId === undefined ? { registryId: randomUUID() } : {};
  const { result } = await registry.propose({ type: 'lease', at, controller, lease, ...identity });
  if (result.accepted && result.lease !== undefined) return result.lease;
  throw new TarsierError('DEFECT', `The registry did not answer ${lease.type}.`);
}
