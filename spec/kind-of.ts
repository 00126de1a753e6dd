/** Gives a loaded object the type of its kind. */

import type { KindTypes } from '../schemas/kinds.generated.ts';
import type { KindName } from '../schemas/kinds.ts';
import type { LoadedObject } from './repository.ts';

export type ObjectOf<K extends KindName> = LoadedObject & {
  readonly kind: K;
  readonly value: KindTypes[K];
};

/** True when `object` is of `kind`; its schema has been checked when it was loaded. */
export function isKind<K extends KindName>(object: LoadedObject, kind: K): object is ObjectOf<K> {
  return object.kind === kind;
}
