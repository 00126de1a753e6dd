/** The clocks of one machine: a steady one that runs too fast or too slow, and one that people set. */

import type { EventLoop } from './event-loop.ts';

export class MachineClock {
  /** 1.05 runs 5 % too fast. */
  readonly rate: number;
  /** How wrong the wall clock is. */
  wallStepMs = 0;
  readonly #loop: EventLoop;
  readonly #offsetMs: number;

  constructor(loop: EventLoop, rate: number, offsetMs: number) {
    this.#loop = loop;
    this.rate = rate;
    this.#offsetMs = offsetMs;
  }

  steadyMs(): number {
    return this.#offsetMs + (this.#loop.nowUs * this.rate) / 1_000;
  }

  wallMs(): number {
    return Math.max(1, Math.floor(1_000_000 + this.steadyMs() + this.wallStepMs));
  }

  /** How long `delayMs` of this clock really are. */
  trueUs(delayMs: number): number {
    return (delayMs * 1_000) / this.rate;
  }
}
