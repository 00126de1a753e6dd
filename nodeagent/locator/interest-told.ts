/** Tells the controller which objects are asked for: in full once, then what changes, many at once. */

import type { LinkSend } from '../session/link-part.ts';

export class InterestTold {
  readonly #send: LinkSend;
  /** What the controller knows, by what was sent on this connection. */
  readonly #told = new Set<string>();
  readonly #toAdd = new Set<string>();
  readonly #toRemove = new Set<string>();
  #owesFull = false;
  #isOpen = false;
  #isScheduled = false;

  constructor(send: LinkSend) {
    this.#send = send;
  }

  /** A new connection. */
  tellAll(names: Iterable<string>): void {
    this.forget();
    this.#isOpen = true;
    this.#owesFull = true;
    for (const name of names) this.#toAdd.add(name);
    this.flush();
  }

  /** The connection is gone. */
  forget(): void {
    this.#isOpen = false;
    this.#told.clear();
    this.#toAdd.clear();
    this.#toRemove.clear();
  }

  add(name: string): void {
    if (!this.#isOpen) return;
    this.#toRemove.delete(name);
    // A name that the controller has been told is asked again: its answer was dropped meanwhile.
    this.#toAdd.add(name);
    this.#flushSoon();
  }

  remove(name: string): void {
    if (!this.#isOpen) return;
    this.#toAdd.delete(name);
    if (!this.#told.has(name)) return;
    this.#toRemove.add(name);
    this.#flushSoon();
  }

  /** Safe to call at any time; what the link does not take stays. */
  flush(): void {
    if (!this.#isOpen) return;
    if (!this.#owesFull && this.#toAdd.size === 0 && this.#toRemove.size === 0) return;
    const add = [...this.#toAdd];
    const remove = [...this.#toRemove];
    if (!this.#send({ type: 'interest', full: this.#owesFull, add, remove })) return;
    this.#owesFull = false;
    for (const name of remove) this.#told.delete(name);
    for (const name of add) this.#told.add(name);
    this.#toAdd.clear();
    this.#toRemove.clear();
  }

  #flushSoon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.flush();
    });
  }
}
