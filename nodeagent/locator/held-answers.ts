/**
 * A registry that begins anew knows the services from Git before their agents have told it where
 * they answer. Until they had the time to, its word that nothing answers is held back.
 */

import type { LookupObject } from '../../registry/lookup/lookup-model.ts';
import type { Knowledge } from './asked-objects.ts';

type Answer = LookupObject | 'unknown';

/** Agents come back within 30 s, and report at once. */
const CAUTIOUS_MS = 60_000;

export class HeldAnswers {
  readonly #release: (answers: ReadonlyMap<string, Answer>) => void;
  readonly #held = new Map<string, Answer>();
  /** Highest one of the registry that answers now. */
  #revision: number;
  #timer: NodeJS.Timeout | undefined;

  /** `release` is called when there was time enough. */
  constructor(revision: number, release: (answers: ReadonlyMap<string, Answer>) => void) {
    this.#revision = revision;
    this.#release = release;
  }

  /** Sequences only grow: an older one is that of another registry. */
  heard(revision: number): void {
    if (revision < this.#revision && this.#timer === undefined) {
      this.#timer = setTimeout(() => this.#end(), CAUTIOUS_MS);
      this.#timer.unref();
    }
    this.#revision = revision;
  }

  /** True when the answer has to wait: it would leave callers with nothing. */
  holds(name: string, before: Knowledge | undefined, answer: Answer): boolean {
    const isHeld = this.#timer !== undefined && hasActive(before) && !hasActive(answer);
    if (isHeld) this.#held.set(name, answer);
    else this.#held.delete(name);
    return isHeld;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#held.clear();
  }

  #end(): void {
    this.#timer = undefined;
    const held = new Map(this.#held);
    this.#held.clear();
    this.#release(held);
  }
}

function hasActive(knowledge: Knowledge | undefined): boolean {
  return typeof knowledge === 'object' && knowledge.endpoints.some(({ active }) => active);
}
