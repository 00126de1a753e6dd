/** Finds objects by kind and name, and the names that cannot be trusted. */

import { isKind, type ObjectOf } from '../kind-of.ts';
import type { ObjectRef } from '../fault.ts';
import type { KindName } from '../../schemas/kinds.ts';
import type { BrokenObject, LoadedFile, LoadedObject } from '../repository.ts';
import { byPlace, type Hold } from './outcome.ts';
import { describeTrouble, hasTrouble, type KindTrouble, type Trouble } from './trouble.ts';

/** The objects of one kind. Keeps its identity while they do. */
export interface KindIndex {
  readonly byName: ReadonlyMap<string, LoadedObject>;
  /** Stands for this table, without keeping it. */
  readonly version: object;
  /** How it was made of another table; absent when it was not. */
  readonly change?: KindChange;
}

export interface KindChange {
  /** `version` of the other table. */
  readonly from: object;
  /** Names of objects that came, went, or are other ones now. */
  readonly names: ReadonlySet<string>;
}

export interface RepositoryIndex {
  readonly files: ReadonlyMap<string, LoadedFile>;
  readonly kinds: ReadonlyMap<string, KindIndex>;
  readonly trouble: Trouble;
  readonly hasDuplicates: boolean;
  /** Every Cluster object, whatever its name. */
  readonly clusters: readonly ObjectOf<'Cluster'>[];
  readonly objectCount: number;
}

export function scanFiles(files: ReadonlyMap<string, LoadedFile>): RepositoryIndex {
  const objects = new Map<string, Map<string, LoadedObject>>();
  const duplicates = new Map<string, LoadedObject[]>();
  const troubled = new Map<string, LoadedFile>();
  const clusters: ObjectOf<'Cluster'>[] = [];
  let objectCount = 0;
  for (const file of files.values()) {
    if (hasTrouble(file)) troubled.set(file.path, file);
    objectCount += file.objects.length;
    for (const object of file.objects) {
      if (isKind(object, 'Cluster')) clusters.push(object);
      else addObject(object, objects, duplicates);
    }
  }
  const kinds = [...objects].map(([kind, byName]) => [kind, { byName, version: {} }] as const);
  return {
    files,
    kinds: new Map(kinds),
    trouble: describeTrouble(troubled, [...duplicates.values()]),
    hasDuplicates: duplicates.size > 0,
    clusters: clusters.toSorted(byPlace),
    objectCount,
  };
}

function addObject(
  object: LoadedObject,
  objects: Map<string, Map<string, LoadedObject>>,
  duplicates: Map<string, LoadedObject[]>,
): void {
  let ofKind = objects.get(object.kind);
  if (ofKind === undefined) {
    ofKind = new Map();
    objects.set(object.kind, ofKind);
  }
  const other = ofKind.get(object.name);
  if (other === undefined) {
    ofKind.set(object.name, object);
    return;
  }
  // Which of them stands for the name must not depend on the order of the files.
  if (byPlace(object, other) < 0) ofKind.set(object.name, object);
  const key = `${object.kind}/${object.name}`;
  const group = duplicates.get(key);
  if (group === undefined) duplicates.set(key, [other, object]);
  else group.push(object);
}

const noKind: KindIndex = { byName: new Map(), version: {} };

export function kindOf(index: RepositoryIndex, kind: KindName): KindIndex {
  return index.kinds.get(kind) ?? noKind;
}

/** All objects of a kind, each name once; `holdOf` tells which of them are not usable. */
export function objectsOf<K extends KindName>(
  index: RepositoryIndex,
  kind: K,
): ReadonlyMap<string, ObjectOf<K>> {
  return kindOf(index, kind).byName as ReadonlyMap<string, ObjectOf<K>>;
}

/** The object of a name, unless something stands against it. */
export function soundObject<K extends KindName>(
  index: RepositoryIndex,
  kind: K,
  name: string,
): ObjectOf<K> | undefined {
  const object = objectsOf(index, kind).get(name);
  return object === undefined || holdOf(index, object) !== undefined ? undefined : object;
}

/** What stands against an object in its own file, or its name. */
export function holdOf({ trouble }: RepositoryIndex, object: ObjectRef): Hold | undefined {
  if (trouble.holds.size === 0) return undefined;
  return trouble.holds.get(`${object.kind}/${object.name}`);
}

/** What is wrong with the objects of a kind; keeps its identity while it is. */
export function troubleOf({ trouble }: RepositoryIndex, kind: KindName): KindTrouble | undefined {
  return trouble.kinds.get(kind);
}

/** Documents of a kind that could not be read any further than their name. */
export function brokenOf({ trouble }: RepositoryIndex, kind: KindName): readonly BrokenObject[] {
  return trouble.kinds.get(kind)?.broken ?? [];
}

/** Objects of a kind that share their name with another one: one of each name, sorted by place. */
export function duplicatesOf<K extends KindName>(
  index: RepositoryIndex,
  kind: K,
): readonly ObjectOf<K>[] {
  if (!index.hasDuplicates) return [];
  return [...objectsOf(index, kind).values()]
    .filter((object) => holdOf(index, object) !== undefined)
    .toSorted(byPlace);
}
