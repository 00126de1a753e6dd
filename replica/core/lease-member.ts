/**
 * One member's view of one lease: when to ask for it, when to renew it, and until when to act on it.
 *
 * At most one member acts at any moment, if every member's clock is steady (it never jumps) and runs
 * at most `clockDriftMax` too fast or too slow. Clocks need not agree on the time. A holder counts
 * from before it proposed, a candidate from after it saw the last renewal. A process that is stopped
 * between asking `token()` and its effect is caught by the token, which every effect must carry.
 */

import type { Lease, LeaseCommand, LeaseResult } from './lease.ts';

export interface LeaseMemberOptions {
  readonly name: string;
  /** Unique for every start of every process: nobody continues the lease of somebody else. */
  readonly holder: string;
  readonly durationMs: number;
  /** A fifth of the duration by default. */
  readonly renewEveryMs?: number;
  /** 0.05 by default: clocks may run 5 % too fast or too slow. */
  readonly clockDriftMax?: number;
  /**
   * True when only one process at a time can have the log open, as with the embedded one: whoever is
   * recorded as the holder is dead, so the lease is taken at once, and kept without renewals.
   */
  readonly exclusiveLog?: boolean;
}

interface Seen {
  readonly token: number;
  readonly renewals: number;
  /** When this member first saw it like this. */
  readonly sinceMs: number;
}

const CLOCK_DRIFT_MAX = 0.05;
const RETRY_MS = 200;

export class LeaseMember {
  readonly #options: LeaseMemberOptions;
  readonly #renewEveryMs: number;
  /** What is left of the duration when the holder's clock is slow and a candidate's is fast. */
  readonly #safePart: number;
  #lease: Lease | undefined;
  #seen: Seen | undefined;
  #held: { readonly token: number; readonly untilMs: number } | undefined;
  #askedAtMs: number | undefined;
  #renewAtMs = 0;
  #retryAtMs = -Infinity;
  #phase: 'wanted' | 'leaving' | 'left' = 'wanted';

  constructor(options: LeaseMemberOptions) {
    const drift = options.clockDriftMax ?? CLOCK_DRIFT_MAX;
    this.#options = options;
    this.#renewEveryMs = options.renewEveryMs ?? options.durationMs / 5;
    this.#safePart = (1 - drift) / (1 + drift);
  }

  /** Takes note of the lease as it is in the applied state. Call it before `next`. */
  observe(lease: Lease | undefined, nowMs: number): void {
    this.#lease = lease;
    if (lease === undefined) {
      this.#seen = undefined;
    } else if (this.#seen?.token !== lease.token || this.#seen.renewals !== lease.renewals) {
      this.#seen = { token: lease.token, renewals: lease.renewals, sinceMs: nowMs };
    }
    if (lease?.token !== this.#held?.token) this.#held = undefined;
  }

  /** The command to propose now, if any; its answer goes to `settle` or `fail`. */
  next(nowMs: number): LeaseCommand | undefined {
    if (this.#askedAtMs !== undefined || nowMs < this.#retryAtMs) return undefined;
    const command = this.#phase === 'wanted' ? this.#wanted(nowMs) : this.#release();
    if (command !== undefined) this.#askedAtMs = nowMs;
    return command;
  }

  settle({ granted, lease }: LeaseResult): void {
    const askedAtMs = this.#askedAtMs ?? -Infinity;
    this.#askedAtMs = undefined;
    if (!granted || lease === undefined || this.#phase !== 'wanted') return;
    const { durationMs, exclusiveLog = false } = this.#options;
    const untilMs = exclusiveLog ? Infinity : askedAtMs + durationMs * this.#safePart;
    this.#held = { token: lease.token, untilMs };
    this.#renewAtMs = exclusiveLog ? Infinity : askedAtMs + this.#renewEveryMs;
  }

  /** The proposal failed; it may be in the log all the same, which the next `observe` shows. */
  fail(nowMs: number): void {
    this.#askedAtMs = undefined;
    this.#retryAtMs = nowMs + RETRY_MS;
    // A lease that cannot be freed runs out.
    if (this.#phase === 'leaving') this.#phase = 'left';
  }

  /** The fencing token while the lease is held; `undefined` from the moment it may be another's. */
  token(nowMs: number): number | undefined {
    return this.#held !== undefined && nowMs < this.#held.untilMs ? this.#held.token : undefined;
  }

  /** Acts no longer as the holder from now on; `next` gives the command that frees the lease. */
  leave(): void {
    this.#phase = 'leaving';
    this.#retryAtMs = -Infinity;
    this.#held = undefined;
  }

  /** When to look again if the state does not change before. */
  wakeAtMs(nowMs: number): number {
    const held = this.token(nowMs) !== undefined;
    const endMs = held ? (this.#held?.untilMs ?? Infinity) : Infinity;
    if (this.#askedAtMs !== undefined) return endMs;
    const actMs = held ? this.#renewAtMs : this.#takeOverAtMs();
    return Math.min(endMs, Math.max(actMs, this.#retryAtMs));
  }

  #wanted(nowMs: number): LeaseCommand | undefined {
    const { name, holder, durationMs } = this.#options;
    const token = this.token(nowMs);
    if (token !== undefined) {
      return nowMs < this.#renewAtMs ? undefined : { type: 'renew-lease', name, holder, token };
    }
    if (nowMs < this.#takeOverAtMs()) return undefined;
    const acquire = { type: 'acquire-lease', name, holder, durationMs } as const;
    if (this.#seen === undefined) return acquire;
    const { token: watchedToken, renewals } = this.#seen;
    return { ...acquire, watched: { token: watchedToken, renewals } };
  }

  #takeOverAtMs(): number {
    if (this.#seen === undefined || this.#lease === undefined) return -Infinity;
    const { exclusiveLog = false } = this.#options;
    return this.#seen.sinceMs + (exclusiveLog ? 0 : this.#lease.durationMs);
  }

  /** Frees what is recorded under this holder, also if the answer to its proposal never came. */
  #release(): LeaseCommand | undefined {
    const { name, holder } = this.#options;
    if (this.#phase === 'left' || this.#lease?.holder !== holder) return undefined;
    return { type: 'release-lease', name, holder, token: this.#lease.token };
  }
}
