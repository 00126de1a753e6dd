/** Names of all services, sound or broken: what a Config may be for. */

import {
  brokenOf,
  kindOf,
  objectsOf,
  troubleOf,
  type RepositoryIndex,
} from './repository-index.ts';
import type { KindTrouble } from './trouble.ts';

export interface KnownServices {
  /** Keeps its identity while it holds the same names. */
  readonly names: ReadonlySet<string>;
  readonly sound: object;
  readonly trouble: KindTrouble | undefined;
}

export function findServices(
  index: RepositoryIndex,
  previous: KnownServices | undefined,
): KnownServices {
  const sound = kindOf(index, 'Service').names;
  const trouble = troubleOf(index, 'Service');
  if (previous?.sound === sound && previous.trouble === trouble) return previous;
  const names = new Set(objectsOf(index, 'Service').keys());
  for (const { name } of brokenOf(index, 'Service')) names.add(name);
  const isSame = previous !== undefined && isSameSet(previous.names, names);
  return { names: isSame ? previous.names : names, sound, trouble };
}

export function isSameSet(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  if (left.size !== right.size) return false;
  for (const name of left) if (!right.has(name)) return false;
  return true;
}
