/** Acquires a lease, renews it, and tells its owner when it is held and when it is lost. */

import type { Lease, LeaseCommand, LeaseResult } from './lease.ts';
import type { LeaseMember } from './lease-member.ts';

/** What the owner of the lease provides: its replica, and what to do with the lease. */
export interface LeaseOwner {
  /** The lease in the applied state. */
  read(): Lease | undefined;
  propose(command: LeaseCommand): Promise<LeaseResult>;
  /** Calls the listener after every change of the lease in the applied state. */
  subscribe(listener: () => void): () => void;
  /** Told the fencing token when the lease is gained, `undefined` when it ended. */
  onChange(token: number | undefined): void;
}

export interface LeaseTiming {
  /** A steady clock: it never jumps, and its zero means nothing. */
  nowMs(): number;
  /** Resolves after the delay, or early when the signal aborts. */
  wait(delayMs: number, signal: AbortSignal): Promise<void>;
}

/** Timers cannot take more. */
const WAIT_MS_MAX = 2 ** 31 - 1;
/** Without a reason of its own, each abort makes an error with a stack: one per applied command. */
const WOKEN = 'woken';

/** Runs until `signal` aborts, then frees the lease. Failed proposals are repeated. */
export async function runLeaseLoop(
  member: LeaseMember,
  owner: LeaseOwner,
  timing: LeaseTiming,
  signal: AbortSignal,
): Promise<void> {
  const loop = new LeaseLoop(member, owner, timing);
  const unsubscribe = owner.subscribe(() => loop.wake());
  const leave = () => {
    member.leave();
    loop.wake();
  };
  signal.addEventListener('abort', leave);
  if (signal.aborted) member.leave();
  try {
    while (await loop.turn(signal.aborted));
  } finally {
    signal.removeEventListener('abort', leave);
    unsubscribe();
  }
}

class LeaseLoop {
  readonly #member: LeaseMember;
  readonly #owner: LeaseOwner;
  readonly #timing: LeaseTiming;
  #alarm = new AbortController();
  #told: number | undefined;
  #asking: Promise<void> | undefined;

  constructor(member: LeaseMember, owner: LeaseOwner, timing: LeaseTiming) {
    this.#member = member;
    this.#owner = owner;
    this.#timing = timing;
  }

  wake(): void {
    this.#alarm.abort(WOKEN);
  }

  /** Looks, asks if it is time, and sleeps. Returns false when there is nothing left to do. */
  async turn(leaving: boolean): Promise<boolean> {
    this.#alarm = new AbortController();
    const nowMs = this.#timing.nowMs();
    this.#member.observe(this.#owner.read(), nowMs);
    this.#tell(nowMs);
    const command = this.#member.next(nowMs);
    if (command !== undefined) this.#asking = this.#ask(command);
    if (leaving) {
      const asking = this.#asking;
      await asking;
      // One more look after an answer: an acquisition that was under way must be freed as well.
      return asking !== undefined;
    }
    const delayMs = Math.max(0, Math.min(this.#member.wakeAtMs(nowMs) - nowMs, WAIT_MS_MAX));
    await this.#timing.wait(delayMs, this.#alarm.signal);
    return true;
  }

  async #ask(command: LeaseCommand): Promise<void> {
    try {
      this.#member.settle(await this.#owner.propose(command));
    } catch {
      // What became of it shows in the state. An owner that must know watches the replica itself.
      this.#member.fail(this.#timing.nowMs());
    }
    this.#asking = undefined;
    this.wake();
  }

  #tell(nowMs: number): void {
    const token = this.#member.token(nowMs);
    if (token === this.#told) return;
    this.#told = token;
    this.#owner.onChange(token);
  }
}
