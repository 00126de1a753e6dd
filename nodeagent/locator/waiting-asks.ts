/** Questions that wait for the controller's answer, and no longer than a moment. */

import type { LookupObject } from '../../registry/lookup/lookup-model.ts';

type Answer = LookupObject | 'unknown';

interface Waiting {
  readonly promise: Promise<Answer>;
  readonly timer: NodeJS.Timeout;
  resolve(answer: Answer): void;
}

export class WaitingAsks {
  readonly #withinMs: number;
  readonly #waiting = new Map<string, Waiting>();

  constructor(withinMs: number) {
    this.#withinMs = withinMs;
  }

  /** A name is asked for the first time. */
  begin(name: string): void {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const timer = setTimeout(() => this.settle(name, 'unknown'), this.#withinMs);
    this.#waiting.set(name, { promise, timer, resolve });
  }

  /** At once, when the moment is over already. */
  answer(name: string): Promise<Answer> {
    return this.#waiting.get(name)?.promise ?? Promise.resolve('unknown');
  }

  settle(name: string, answer: Answer): void {
    const waiting = this.#waiting.get(name);
    if (waiting === undefined) return;
    this.#waiting.delete(name);
    clearTimeout(waiting.timer);
    waiting.resolve(answer);
  }

  close(): void {
    for (const name of this.#waiting.keys()) this.settle(name, 'unknown');
  }
}
