/** The SETs that the instances of each application are in, as the placements of its services say. */

import { isSameSet } from './known-services.ts';
import {
  kindOf,
  objectsOf,
  troubleOf,
  type KindIndex,
  type RepositoryIndex,
} from './repository-index.ts';
import type { KindTrouble } from './trouble.ts';

export interface PlacedSets {
  readonly kind: KindIndex;
  readonly trouble: KindTrouble | undefined;
  /**
   * `<application> <set>`, and the same with `*` as the group; undefined when a service cannot be read, which may be in any of them.
   * Keeps its identity while it says the same.
   */
  readonly sets: ReadonlySet<string> | undefined;
}

export function findPlacedSets(
  index: RepositoryIndex,
  previous: PlacedSets | undefined,
): PlacedSets {
  const kind = kindOf(index, 'Service');
  const trouble = troubleOf(index, 'Service');
  if (previous?.kind === kind && previous.trouble === trouble) return previous;
  const sets = trouble === undefined ? collect(index) : undefined;
  return { kind, trouble, sets: isSame(previous?.sets, sets) ? previous?.sets : sets };
}

function collect(index: RepositoryIndex): ReadonlySet<string> {
  const sets = new Set<string>();
  for (const { name, value } of objectsOf(index, 'Service').values()) {
    const [app = ''] = name.split('.', 1);
    for (const { set } of value.spec.placement) {
      if (set === undefined) continue;
      sets.add(`${app} ${set}`);
      sets.add(`${app} ${set.replace(/[^.]*$/, '*')}`);
    }
  }
  return sets;
}

function isSame(left: PlacedSets['sets'], right: PlacedSets['sets']): boolean {
  if (left === undefined || right === undefined) return left === right;
  return isSameSet(left, right);
}
