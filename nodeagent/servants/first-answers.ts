/**
 * Holds the first answers about an object that nobody serves yet. A library that finds an empty list
 * asks again only after 10 s (tars-contract §2.2.2), and services that start together find many.
 */

import type { LookupObject } from '../../registry/lookup/lookup-model.ts';

/** Well below the 3 s that the most impatient library waits for its locator. */
const HOLD_MS = 1500;
/** What has been empty for so long is no matter of moments: it is answered at once. */
const NEWLY_EMPTY_MS = 10_000;
const NAMES_MAX = 10_000;

interface Empty {
  readonly since: number;
  readonly waiting: Set<() => void>;
}

export class FirstAnswers {
  readonly #now: () => number;
  readonly #empty = new Map<string, Empty>();

  /** `now` in milliseconds, of a clock that never goes back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes what is known now; whoever waits for an active endpoint goes on when there is one. */
  update(name: string, known: LookupObject | 'unknown' | undefined): void {
    const isEmpty = typeof known === 'object' && !known.endpoints.some(({ active }) => active);
    const before = this.#empty.get(name);
    if (isEmpty) {
      if (before === undefined && this.#empty.size < NAMES_MAX) {
        this.#empty.set(name, { since: this.#now(), waiting: new Set() });
      }
      return;
    }
    if (before === undefined) return;
    this.#empty.delete(name);
    for (const goOn of before.waiting) goOn();
  }

  /** `undefined`: answer at once. Else answer when it resolves, whatever is known then. */
  hold(name: string): Promise<void> | undefined {
    const empty = this.#empty.get(name);
    if (empty === undefined || this.#now() - empty.since > NEWLY_EMPTY_MS) return undefined;
    return new Promise((resolve) => {
      const goOn = (): void => {
        clearTimeout(timer);
        empty.waiting.delete(goOn);
        resolve();
      };
      const timer = setTimeout(goOn, HOLD_MS);
      empty.waiting.add(goOn);
    });
  }

  close(): void {
    for (const { waiting } of this.#empty.values()) for (const goOn of waiting) goOn();
    this.#empty.clear();
  }
}
