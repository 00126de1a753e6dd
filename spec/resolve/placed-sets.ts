/** The SETs that the instances of each application are in, as the placements of its services say. */

import type { ObjectOf } from '../kind-of.ts';
import { changedSince, seeKind, type SeenKind } from './kind-change.ts';
import { isSameSet } from './known-services.ts';
import type { RepositoryIndex } from './repository-index.ts';

export interface PlacedSets {
  readonly seen: SeenKind;
  /** How many placements say so, by `<application> <set>`, and by the same with `*` as the group. */
  readonly counts: ReadonlyMap<string, number>;
  /** The keys of `counts`. Keeps its identity while it says the same. */
  readonly sets: ReadonlySet<string>;
}

export function findPlacedSets(
  index: RepositoryIndex,
  previous: PlacedSets | undefined,
): PlacedSets {
  const seen = seeKind(index, 'Service');
  const changed = changedSince(previous?.seen, seen);
  const before = changed === undefined ? undefined : previous;
  const gone: string[] = [];
  const come: string[] = [];
  for (const name of changed ?? seen.kind.byName.keys()) {
    gone.push(...setsOf(before?.seen, name));
    come.push(...setsOf(seen, name));
  }
  if (before !== undefined && gone.length === 0 && come.length === 0) return { ...before, seen };
  const counts = new Map(before?.counts);
  for (const set of come) counts.set(set, (counts.get(set) ?? 0) + 1);
  for (const set of gone) counts.set(set, (counts.get(set) ?? 0) - 1);
  for (const set of gone) if (counts.get(set) === 0) counts.delete(set);
  const sets = new Set(counts.keys());
  const isSame = previous !== undefined && isSameSet(previous.sets, sets);
  return { seen, counts, sets: isSame ? previous.sets : sets };
}

function setsOf(seen: SeenKind | undefined, name: string): readonly string[] {
  const object = seen?.kind.byName.get(name) as ObjectOf<'Service'> | undefined;
  const [app = ''] = name.split('.', 1);
  const placed = object?.value.spec.placement.flatMap(({ set }) => set ?? []) ?? [];
  return placed.flatMap((set) => [`${app} ${set}`, `${app} ${set.replace(/[^.]*$/, '*')}`]);
}
