/** Puts a change of targets together that was too large for one message. */

import type { Targets } from '../messages/messages.ts';

/** Far above what one node can hold; a peer that sends more is broken. */
const joinedTargetsMax = 20_000;

export class TargetsJoiner {
  #parts: Targets[] = [];

  /** The whole change, when `part` completes it. Throws nothing; `undefined` means go on. */
  add(part: Targets): Targets | 'too-many' | undefined {
    this.#parts.push(part);
    const joined = this.#parts;
    const total = joined.reduce(
      (sum, { upsert, remove }) => sum + upsert.length + remove.length,
      0,
    );
    if (total > joinedTargetsMax || joined.length > joinedTargetsMax) return 'too-many';
    if (part.more === true) return undefined;
    this.#parts = [];
    const [first = part] = joined;
    const { more: _more, ...whole } = first;
    return {
      ...whole,
      upsert: joined.flatMap(({ upsert }) => upsert),
      remove: joined.flatMap(({ remove }) => remove),
    };
  }
}
