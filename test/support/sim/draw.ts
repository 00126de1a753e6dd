/** Everything that a simulation leaves to chance, from one seed. */

import { randomFrom, type Random } from '../replica/seeded-random.ts';

export class Draw {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
    // Neighbouring seeds begin alike.
    for (let turn = 0; turn < 4; turn += 1) this.#random(2);
  }

  /** An integer from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.#random(high - low + 1);
  }

  /** Mostly near `low`, rarely near `high`: how delays are. */
  skewed(low: number, high: number): number {
    const fraction = this.#random(1_000) / 1_000;
    return Math.floor(low + (high - low) * fraction ** 4);
  }

  chance(fraction: number): boolean {
    return this.#random(1_000_000) < fraction * 1_000_000;
  }

  pick<Value>(values: readonly Value[]): Value {
    const value = values[this.#random(values.length)];
    if (value === undefined) throw new Error('there is nothing to pick from');
    return value;
  }

  /** A source of its own: what one part draws does not shift what another one draws. */
  fork(): Draw {
    return new Draw(this.#random(2 ** 32));
  }
}
