/** Names of all services, sound or broken: what a Config may be for. */

import { changedSince, seeKind, type SeenKind } from './kind-change.ts';
import type { RepositoryIndex } from './repository-index.ts';

export interface KnownServices {
  readonly seen: SeenKind;
  /** Keeps its identity while it holds the same names. */
  readonly names: ReadonlySet<string>;
}

export function findServices(
  index: RepositoryIndex,
  previous: KnownServices | undefined,
): KnownServices {
  const seen = seeKind(index, 'Service');
  const broken = new Set(seen.trouble?.broken.map(({ name }) => name));
  const { byName } = seen.kind;
  const changed = changedSince(previous?.seen, seen);
  if (previous !== undefined && changed !== undefined) {
    const isKnown = (name: string) => byName.has(name) || broken.has(name);
    const isSame = [...changed].every((name) => previous.names.has(name) === isKnown(name));
    if (isSame) return { seen, names: previous.names };
  }
  const names = new Set([...byName.keys(), ...broken]);
  const isSame = previous !== undefined && isSameSet(previous.names, names);
  return { seen, names: isSame ? previous.names : names };
}

export function isSameSet(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  if (left.size !== right.size) return false;
  for (const name of left) if (!right.has(name)) return false;
  return true;
}
