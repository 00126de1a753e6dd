/** What each caller is given of the keys that servants ask for. */

import type { CalledServant } from '../desired-state.ts';

export interface GivenKey {
  readonly caller: string;
  readonly called: CalledServant;
}

/** Sorted by object. */
export type Calls = readonly CalledServant[];

/** Only what those callers have is made anew whose keys have changed. */
export function patchCalls(
  before: ReadonlyMap<string, Calls>,
  gone: readonly GivenKey[],
  come: readonly GivenKey[],
): ReadonlyMap<string, Calls> {
  if (gone.length === 0 && come.length === 0) return before;
  const calls = new Map(before);
  const removed = new Set(gone.map(({ called }) => called.object));
  const added = Map.groupBy(come, ({ caller }) => caller);
  for (const caller of new Set([...gone, ...come].map((key) => key.caller))) {
    const kept = (before.get(caller) ?? []).filter(({ object }) => !removed.has(object));
    const all = [...kept, ...(added.get(caller) ?? []).map(({ called }) => called)];
    if (all.length === 0) calls.delete(caller);
    else calls.set(caller, keepCalls(all, before.get(caller)));
  }
  return calls;
}

function keepCalls(calls: Calls, before: Calls | undefined): Calls {
  const sorted = calls.toSorted((left, right) => (left.object < right.object ? -1 : 1));
  const isSame =
    before?.length === sorted.length &&
    before.every(({ object, auth }, position) => {
      const other = sorted[position];
      return object === other?.object && auth === other.auth;
    });
  return isSame ? before : sorted;
}
