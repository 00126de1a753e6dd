/** What each caller is given of the keys that servants ask for. */

import type { CalledServant } from '../desired-state.ts';

export interface GivenKey {
  readonly caller: string;
  readonly called: CalledServant;
}

/** Sorted by object. */
export type Calls = readonly CalledServant[];

interface Giver {
  readonly given: readonly GivenKey[];
}

/** All of them by service, and what they amount to. */
interface CallerKeys {
  readonly units: ReadonlyMap<string, Giver>;
  readonly calls: ReadonlyMap<string, Calls>;
}

/** Only what those callers have is made anew whose keys have changed. */
export function patchCalls(
  units: ReadonlyMap<string, Giver>,
  previous: CallerKeys | undefined,
): ReadonlyMap<string, Calls> {
  const gone: GivenKey[] = [];
  const come: GivenKey[] = [];
  for (const [service, { given }] of units) {
    const before = previous?.units.get(service)?.given ?? [];
    if (before === given) continue;
    gone.push(...before);
    come.push(...given);
  }
  for (const [service, { given }] of previous?.units ?? []) {
    if (!units.has(service)) gone.push(...given);
  }
  if (previous !== undefined && gone.length === 0 && come.length === 0) return previous.calls;
  return applyChange(previous?.calls ?? new Map(), gone, come);
}

function applyChange(
  before: ReadonlyMap<string, Calls>,
  gone: readonly GivenKey[],
  come: readonly GivenKey[],
): ReadonlyMap<string, Calls> {
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
