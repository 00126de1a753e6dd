/** The simulated time: events in their order, and all promises settled between two of them. */

import { createHash } from 'node:crypto';

interface Event {
  readonly atUs: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** Takes an event back that nobody waits for any more. */
export type Cancel = () => void;

export interface RunOptions {
  readonly untilUs: number;
  done(): boolean;
  checkStep(): void;
  checkInstant(): void;
}

const BATCH = 64;
/** More than that at one moment wait for each other without end. */
const INSTANT_EVENTS_MAX = 20_000;

export class EventLoop {
  nowUs = 0;
  events = 0;
  readonly #heap: Event[] = [];
  readonly #trace = createHash('sha256');
  #order = 0;
  #atThisInstant = 0;

  after(delayUs: number, run: () => void): Cancel {
    this.#order += 1;
    const atUs = this.nowUs + Math.max(0, Math.ceil(delayUs));
    const event: Event = { atUs, order: this.#order, run };
    this.#push(event);
    return () => (event.run = undefined);
  }

  /** What happened, for the digest that two runs of one seed must share. */
  note(what: string): void {
    this.#trace.update(`${this.nowUs} ${what}\n`);
  }

  digest(): string {
    return this.#trace.digest('hex');
  }

  /**
   * Runs until `done` or until no time is left. `checkStep` after every event, `checkInstant` when
   * everything that happens at one moment has happened.
   */
  run(options: RunOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      let isOver = false;
      const turn = (left: number): void => {
        if (isOver) return;
        try {
          isOver = !this.#step(options);
        } catch (error) {
          isOver = true;
          return reject(error);
        }
        if (isOver) resolve();
        else if (left === 0) schedule();
      };
      // Every promise that can settle without time does so between two immediates, also between two
      // of the same turn of Node's own loop, and such turns are what costs.
      const schedule = (): void => {
        for (let left = BATCH - 1; left >= 0; left -= 1) setImmediate(turn, left);
      };
      schedule();
    });
  }

  #step({ untilUs, done, checkStep, checkInstant }: RunOptions): boolean {
    checkStep();
    const next = this.#next();
    if (next === undefined || next.atUs > this.nowUs) checkInstant();
    if (next === undefined || next.atUs > untilUs || done()) return false;
    this.#pop();
    if (next.atUs > this.nowUs) this.#atThisInstant = 0;
    this.#atThisInstant += 1;
    if (this.#atThisInstant > INSTANT_EVENTS_MAX) throw new Error('the time does not go on');
    this.nowUs = next.atUs;
    this.events += 1;
    next.run?.();
    return true;
  }

  #next(): Event | undefined {
    while (this.#heap.length > 0 && this.#heap[0]!.run === undefined) this.#pop();
    return this.#heap[0];
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (isBefore(heap[parent]!, event)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (isBefore(last, heap[child]!)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
  }
}

function isBefore(left: Event, right: Event): boolean {
  return left.atUs < right.atUs || (left.atUs === right.atUs && left.order < right.order);
}
