/** The names that are asked for and what is known of them, within bounds; knows no disk and no link. */

import { interestMax } from '../../link/messages/interest-limits.ts';
import type { LookupObject } from '../../registry/lookup/lookup-model.ts';
import { sameData } from '../../registry/same-data.ts';

/** `waiting`: the controller has not answered yet. */
export type Knowledge = LookupObject | 'unknown' | 'waiting';

interface Entry {
  knowledge: Knowledge;
  /** By the agent's clock. */
  askedAtMs: number;
}

export interface AskedObjectsLimits {
  readonly namesMax: number;
  /** Of these, names without an object: whoever asks for many wrong names crowds out only those. */
  readonly namelessMax: number;
  readonly objectKeptMs: number;
  readonly namelessKeptMs: number;
}

const defaultAskedObjectsLimits: AskedObjectsLimits = {
  namesMax: interestMax,
  namelessMax: 2_000,
  objectKeptMs: 24 * 60 * 60 * 1_000,
  namelessKeptMs: 10 * 60 * 1_000,
};

export class AskedObjects {
  readonly #limits: AskedObjectsLimits;
  readonly #objects = new Map<string, Entry>();
  /** Least recently asked first. */
  readonly #nameless = new Map<string, Entry>();

  constructor(limits: AskedObjectsLimits = defaultAskedObjectsLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#objects.size + this.#nameless.size;
  }

  names(): string[] {
    return [...this.#objects.keys(), ...this.#nameless.keys()];
  }

  objects(): LookupObject[] {
    return [...this.#objects.values()].flatMap(({ knowledge }) =>
      typeof knowledge === 'string' ? [] : [knowledge],
    );
  }

  has(name: string): boolean {
    return this.#objects.has(name) || this.#nameless.has(name);
  }

  /** Without asking. */
  peek(name: string): Knowledge | undefined {
    return (this.#objects.get(name) ?? this.#nameless.get(name))?.knowledge;
  }

  /** Counts as asking. */
  find(name: string, nowMs: number): Knowledge | undefined {
    const entry = this.#objects.get(name);
    if (entry !== undefined) {
      entry.askedAtMs = nowMs;
      return entry.knowledge;
    }
    const nameless = this.#nameless.get(name);
    if (nameless === undefined) return undefined;
    nameless.askedAtMs = nowMs;
    this.#nameless.delete(name);
    this.#nameless.set(name, nameless);
    return nameless.knowledge;
  }

  /** A name that is not there yet. Returns the names that had to go for it. */
  add(name: string, nowMs: number): string[] {
    this.#nameless.set(name, { knowledge: 'waiting', askedAtMs: nowMs });
    return this.#shrink();
  }

  /** Returns whether that was news, and the names that had to go for it. */
  learn(
    name: string,
    knowledge: LookupObject | 'unknown',
    nowMs: number,
  ): { readonly isNews: boolean; readonly gone: readonly string[] } {
    const entry = this.#objects.get(name) ?? this.#nameless.get(name);
    const askedAtMs = entry?.askedAtMs ?? nowMs;
    if (entry !== undefined && sameData(entry.knowledge, knowledge)) {
      return { isNews: false, gone: [] };
    }
    this.forget(name);
    const target = typeof knowledge === 'string' ? this.#nameless : this.#objects;
    target.set(name, { knowledge, askedAtMs });
    return { isNews: true, gone: this.#shrink() };
  }

  forget(name: string): void {
    this.#objects.delete(name);
    this.#nameless.delete(name);
  }

  /** Removes and returns the names that nobody asked for during their time. */
  takeExpired(nowMs: number): string[] {
    const { objectKeptMs, namelessKeptMs } = this.#limits;
    const isOld = (keptMs: number) => (entry: readonly [string, Entry]) =>
      nowMs - entry[1].askedAtMs > keptMs;
    const expired = [
      ...[...this.#objects].filter(isOld(objectKeptMs)),
      ...[...this.#nameless].filter(isOld(namelessKeptMs)),
    ].map(([name]) => name);
    for (const name of expired) this.forget(name);
    return expired;
  }

  #shrink(): string[] {
    const { namesMax, namelessMax } = this.#limits;
    const gone: string[] = [];
    while (this.#nameless.size > namelessMax || this.size > namesMax) {
      const oldest = this.#nameless.keys().next().value ?? this.#leastAsked();
      if (oldest === undefined) break;
      this.forget(oldest);
      gone.push(oldest);
    }
    return gone;
  }

  #leastAsked(): string | undefined {
    let least: [string, number] | undefined;
    for (const [name, { askedAtMs }] of this.#objects) {
      if (least === undefined || askedAtMs < least[1]) least = [name, askedAtMs];
    }
    return least?.[0];
  }
}
