/** A clock that moves only when the test says so. */

import type { LeaseTiming } from '../../../replica/core/lease-loop.ts';

interface Sleeper {
  readonly atMs: number;
  resolve(): void;
}

/** Lets everything happen that needs no time. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

export class FakeTime implements LeaseTiming {
  #nowMs = 0;
  #sleepers: Sleeper[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  wait(delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) resolve();
      const sleeper = { atMs: this.#nowMs + delayMs, resolve };
      this.#sleepers.push(sleeper);
      signal.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        resolve();
      });
    });
  }

  /** Wakes every sleeper at its own moment, in order. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      await settle();
      const [next] = this.#sleepers.toSorted((a, b) => a.atMs - b.atMs);
      if (next === undefined || next.atMs > endMs) break;
      this.#nowMs = next.atMs;
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      next.resolve();
    }
    this.#nowMs = endMs;
  }
}
