/** Finds objects by kind and name, and the names that cannot be trusted. */

import { placeOf, refOf, type Hold } from './outcome.ts';
import type { Fault, ObjectRef } from '../fault.ts';
import type { KindName } from '../../schemas/kinds.ts';
import { isKind, type ObjectOf } from '../kind-of.ts';
import type { BrokenObject, LoadedFile, LoadedObject } from '../repository.ts';

export interface RepositoryIndex {
  readonly objects: ReadonlyMap<string, ReadonlyMap<string, LoadedObject>>;
  /** Broken documents and duplicates, by `Kind/name`. */
  readonly holds: ReadonlyMap<string, Hold>;
  readonly broken: readonly BrokenObject[];
  /** Paths of files in which anything may be missing. */
  readonly unreadable: readonly string[];
  /** Stands for every name that is missing, while a file cannot be read. */
  readonly unreadableHold: Hold | undefined;
  /** Every Cluster object, whatever its name. */
  readonly clusters: readonly ObjectOf<'Cluster'>[];
  readonly duplicateFaults: readonly Fault[];
  readonly objectCount: number;
}

export function buildIndex(files: ReadonlyMap<string, LoadedFile>): RepositoryIndex {
  const objects = new Map<string, Map<string, LoadedObject>>();
  const duplicates = new Map<string, LoadedObject[]>();
  const holds = new Map<string, Hold>();
  const broken: BrokenObject[] = [];
  const unreadable: LoadedFile[] = [];
  const clusters: ObjectOf<'Cluster'>[] = [];
  let objectCount = 0;
  // The order of the map is the caller's; what comes first must not depend on it.
  const ordered = [...files.values()].toSorted(byPath);
  for (const file of ordered) {
    if (file.unreadable) unreadable.push(file);
    for (const object of file.objects) {
      objectCount += 1;
      if (isKind(object, 'Cluster')) clusters.push(object);
      else addObject(objects, duplicates, object);
    }
    for (const object of file.broken) {
      broken.push(object);
      holds.set(`${object.kind}/${object.name}`, brokenHold(file, object));
    }
  }
  const duplicateFaults: Fault[] = [];
  for (const [key, group] of duplicates) {
    const fault = duplicateFault(group);
    duplicateFaults.push(fault);
    const root = refOf(group[0] as LoadedObject);
    if (!holds.has(key)) holds.set(key, { code: fault.code, message: fault.message, root });
  }
  return {
    objects,
    holds,
    broken,
    unreadable: unreadable.map((file) => file.path),
    unreadableHold: unreadable[0] && holdOfUnreadable(unreadable[0]),
    clusters: clusters.toSorted(byPlace),
    duplicateFaults,
    objectCount,
  };
}

function holdOfUnreadable(file: LoadedFile): Hold {
  const fault = file.faults.find(({ severity }) => severity === 'error');
  return {
    code: fault?.code ?? 'SPEC_FILE_REFUSED',
    message: `${file.path} cannot be read, so objects may be missing`,
    root: { kind: 'File', name: file.path },
  };
}

function addObject(
  objects: Map<string, Map<string, LoadedObject>>,
  duplicates: Map<string, LoadedObject[]>,
  object: LoadedObject,
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
  const key = `${object.kind}/${object.name}`;
  const group = duplicates.get(key);
  if (group === undefined) duplicates.set(key, [other, object]);
  else group.push(object);
}

function brokenHold(file: LoadedFile, object: ObjectRef): Hold {
  const fault = file.faults.find(
    ({ severity, object: of }) =>
      severity === 'error' && of?.kind === object.kind && of.name === object.name,
  );
  const root = refOf(object);
  const code = fault?.code ?? 'SPEC_UNKNOWN_FIELD';
  return { code, message: fault?.message ?? `${file.path} has a fault`, root };
}

function duplicateFault(group: LoadedObject[]): Fault {
  group.sort(byPlace);
  const [first, second, ...others] = group as [LoadedObject, LoadedObject, ...LoadedObject[]];
  return {
    code: 'SPEC_DUPLICATE_NAME',
    severity: 'error',
    message: `${first.kind} ${first.name} is described ${group.length} times`,
    place: placeOf(second, '/metadata/name'),
    object: refOf(first),
    hint: 'rename or remove one of them',
    related: [first, ...others].map((object) => ({
      place: placeOf(object, '/metadata/name'),
      message: 'also described here',
    })),
  };
}

function byPath(left: LoadedFile, right: LoadedFile): number {
  return left.path < right.path ? -1 : 1;
}

export function byPlace(left: LoadedObject, right: LoadedObject): number {
  if (left.path !== right.path) return left.path < right.path ? -1 : 1;
  return left.documentIndex - right.documentIndex;
}

/** All objects of a kind, each once; `holds` tells which of them are not usable. */
export function objectsOf<K extends KindName>(
  index: RepositoryIndex,
  kind: K,
): ReadonlyMap<string, ObjectOf<K>> {
  const found = index.objects.get(kind) ?? new Map<string, LoadedObject>();
  return found as ReadonlyMap<string, ObjectOf<K>>;
}

/** What stands against an object in its own file, or its name. */
export function holdOf(index: RepositoryIndex, object: ObjectRef): Hold | undefined {
  return index.holds.size === 0 ? undefined : index.holds.get(`${object.kind}/${object.name}`);
}

/** Names of documents of a kind that could not be read any further. */
export function brokenOf(index: RepositoryIndex, kind: KindName): readonly BrokenObject[] {
  return index.broken.filter((object) => object.kind === kind);
}
