/** One start of one process: it can be stopped and go on late, or die with all that it waited for. */

import type { Cancel, EventLoop } from './event-loop.ts';
import type { MachineClock } from './machine-clock.ts';

export class SimProcess {
  readonly name: string;
  readonly clock: MachineClock;
  readonly #loop: EventLoop;
  #state: 'running' | 'paused' | 'dead' = 'running';
  #backlog: (() => void)[] = [];

  constructor(name: string, loop: EventLoop, clock: MachineClock) {
    this.name = name;
    this.#loop = loop;
    this.clock = clock;
  }

  get isRunning(): boolean {
    return this.#state === 'running';
  }

  get isDead(): boolean {
    return this.#state === 'dead';
  }

  /** Runs the task now, when the process goes on, or never. */
  deliver(task: () => void): void {
    if (this.#state === 'running') task();
    else if (this.#state === 'paused') this.#backlog.push(task);
  }

  /** Resolves after the delay on this machine's steady clock, or early when the signal aborts. */
  wait(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const cancel = this.alarm(delayMs, resolve);
      signal?.addEventListener(
        'abort',
        () => {
          cancel();
          resolve();
        },
        { once: true },
      );
    });
  }

  /** Runs the task after the delay on this machine's steady clock. */
  alarm(delayMs: number, task: () => void): Cancel {
    return this.#loop.after(this.clock.trueUs(delayMs), () => this.deliver(task));
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused';
  }

  /** What came meanwhile, and every timer that is overdue, comes now. */
  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    for (const task of this.#backlog.splice(0)) this.#loop.after(0, () => this.deliver(task));
  }

  kill(): void {
    this.#state = 'dead';
    this.#backlog = [];
  }
}
