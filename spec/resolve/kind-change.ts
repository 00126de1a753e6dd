/** Which objects of a kind a stage has to look at again after what it saw of them. */

import { kindOf, troubleOf, type KindIndex, type RepositoryIndex } from './repository-index.ts';
import type { KindName } from '../../schemas/kinds.ts';
import type { KindTrouble } from './trouble.ts';

export interface SeenKind {
  readonly kind: KindIndex;
  readonly trouble: KindTrouble | undefined;
}

export function seeKind(index: RepositoryIndex, kind: KindName): SeenKind {
  return { kind: kindOf(index, kind), trouble: troubleOf(index, kind) };
}

/** Names of objects that came, changed or went, or are held otherwise; undefined: it may be any of them. */
export function changedSince(
  before: SeenKind | undefined,
  now: SeenKind,
): ReadonlySet<string> | undefined {
  const own = before && changeOf(before.kind, now.kind);
  if (own === undefined || before?.trouble === now.trouble) return own;
  // Objects that share their name are not told here: a table with those is never made of another one.
  const broken = [...(before?.trouble?.broken ?? []), ...(now.trouble?.broken ?? [])];
  return new Set([...own, ...broken.map(({ name }) => name)]);
}

const nothing: ReadonlySet<string> = new Set();

function changeOf(before: KindIndex, now: KindIndex): ReadonlySet<string> | undefined {
  if (before === now) return nothing;
  return now.change?.from === before.version ? now.change.names : undefined;
}
