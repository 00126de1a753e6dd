/** The addresses by which this machine is reached: as the Node object says, and as its interfaces have them. */

import { networkInterfaces } from 'node:os';

/** Interfaces come and go; asking the kernel costs too much for each call. */
const LOOK_MS = 10_000;

export class OwnAddresses {
  readonly #preferred: () => readonly string[];
  #interfaces: readonly string[] = [];
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** `preferred` come first; they may be addresses that no interface has, such as behind a translation. */
  constructor(preferred: () => readonly string[]) {
    this.#preferred = preferred;
  }

  all(): readonly string[] {
    const now = performance.now();
    if (now - this.#lookedAt > LOOK_MS) {
      this.#interfaces = Object.values(networkInterfaces()).flatMap((addresses) =>
        (addresses ?? []).map(({ address }) => address),
      );
      this.#lookedAt = now;
    }
    return [...this.#preferred(), ...this.#interfaces];
  }
}
