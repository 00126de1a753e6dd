/** The controllers that an agent may connect to, in an order of its own. */

export interface ControllerRingOptions {
  /** As the operator named them, at least one; they never go. */
  readonly named: readonly string[];
  /** As controllers named them before. */
  readonly learned?: readonly string[];
  /** Where to begin, if it is one of them. */
  readonly first?: string;
  /**
   * Lower ones come first. It differs between agents, so that a fleet spreads over all controllers,
   * and over all that are left when one ends. The order as named by default.
   */
  rank?(url: string): number;
}

export class ControllerRing {
  readonly #options: ControllerRingOptions;
  readonly #named: readonly string[];
  #all: readonly string[];
  #current: string;

  constructor(options: ControllerRingOptions) {
    this.#options = options;
    this.#named = unique(options.named);
    this.#all = this.#ordered(options.learned ?? []);
    const first = this.#all.find((url) => url === options.first) ?? this.#all[0];
    this.#current = first ?? '';
  }

  get current(): string {
    return this.#current;
  }

  get all(): readonly string[] {
    return this.#all;
  }

  /** Beside those that the operator named. */
  get learned(): readonly string[] {
    return this.#all.filter((url) => !this.#named.includes(url)).toSorted();
  }

  /** Those that a controller says are there take the place of those learned before. */
  learn(urls: readonly string[]): void {
    this.#all = this.#ordered(urls);
  }

  /** Goes on to the next one. */
  turn(): void {
    const place = this.#all.indexOf(this.#current);
    this.#current = this.#all[(place + 1) % this.#all.length] ?? this.#current;
  }

  #ordered(learned: readonly string[]): readonly string[] {
    const urls = unique([...this.#named, ...learned]);
    const { rank = () => 0 } = this.#options;
    return urls.toSorted((left, right) => rank(left) - rank(right));
  }
}

/** Two ways to write one address are one controller. */
function unique(urls: readonly string[]): readonly string[] {
  return [...new Set(urls.map((url) => url.replace(/\/+$/, '')))];
}
