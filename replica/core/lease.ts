/**
 * Exclusive rights as a state machine without a clock: a lease passes on when nobody renewed it
 * between the moment a candidate saw it and the moment the candidate's command takes effect.
 */

export interface Lease {
  readonly holder: string;
  /** The fencing token: grows with every holder; who acts on a lower one is refused. */
  readonly token: number;
  /** How often this holder renewed. */
  readonly renewals: number;
  /** For how long a candidate must see no renewal before it may take over. */
  readonly durationMs: number;
}

export interface LeaseState {
  readonly leases: Map<string, Lease>;
  lastToken: number;
}

/** The lease that a candidate has watched for its whole duration without seeing it renewed. */
export interface WatchedLease {
  readonly token: number;
  readonly renewals: number;
}

export type LeaseCommand =
  | {
      readonly type: 'acquire-lease';
      readonly name: string;
      readonly holder: string;
      readonly durationMs: number;
      /** Needed to take over; without it only a free lease is granted. */
      readonly watched?: WatchedLease;
    }
  | {
      readonly type: 'renew-lease' | 'release-lease';
      readonly name: string;
      readonly holder: string;
      readonly token: number;
    };

export interface LeaseResult {
  readonly granted: boolean;
  /** After the command; `undefined` when nobody holds it. */
  readonly lease: Lease | undefined;
}

export function emptyLeaseState(): LeaseState {
  return { leases: new Map(), lastToken: 0 };
}

/** Applies one command to `state`. Deterministic; `sequence` is the command's place in the log. */
export function applyLease(
  state: LeaseState,
  command: LeaseCommand,
  sequence: number,
): LeaseResult {
  const lease = state.leases.get(command.name);
  if (command.type === 'acquire-lease') {
    if (lease !== undefined && !wasWatched(lease, command.watched))
      return { granted: false, lease };
    const { name, holder, durationMs } = command;
    state.lastToken = Math.max(state.lastToken + 1, sequence);
    const next = { holder, durationMs, token: state.lastToken, renewals: 0 };
    state.leases.set(name, next);
    return { granted: true, lease: next };
  }
  if (lease?.holder !== command.holder || lease.token !== command.token) {
    return { granted: false, lease };
  }
  if (command.type === 'release-lease') {
    state.leases.delete(command.name);
    return { granted: true, lease: undefined };
  }
  const renewed = { ...lease, renewals: lease.renewals + 1 };
  state.leases.set(command.name, renewed);
  return { granted: true, lease: renewed };
}

function wasWatched(lease: Lease, watched: WatchedLease | undefined): boolean {
  return watched?.token === lease.token && watched.renewals === lease.renewals;
}
