/** Signals between members in one process, of which some get lost. */

import type { Signals } from '../../../replica/core/signals.ts';

export class FakeSignals {
  /** Whether the next one arrives. */
  arrives: () => boolean = () => true;
  readonly #listeners = new Map<
    string,
    Set<{ readonly member: object; tell(payload: Uint8Array): void }>
  >();

  member(): Signals {
    const member = {};
    return {
      publish: (subject, payload) => {
        for (const listener of this.#listeners.get(subject) ?? []) {
          if (listener.member === member || !this.arrives()) continue;
          setImmediate(() => listener.tell(payload));
        }
      },
      subscribe: (subject, tell) => {
        const listeners = this.#listeners.get(subject) ?? new Set();
        const listener = { member, tell };
        this.#listeners.set(subject, listeners.add(listener));
        return () => listeners.delete(listener);
      },
    };
  }
}
