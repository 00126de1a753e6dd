/** What is wrong in files before objects are looked at together. */

import type { Fault, ObjectRef } from '../fault.ts';
import type { BrokenObject, LoadedFile, LoadedObject } from '../repository.ts';
import { byPlace, placeOf, refOf, type Hold } from './outcome.ts';

/** Keeps its identity while no file with a fault changes, and no name is there twice. */
export interface Trouble {
  /** Files with faults, by path. */
  readonly files: ReadonlyMap<string, LoadedFile>;
  /** Broken documents and duplicates, by `Kind/name`. */
  readonly holds: ReadonlyMap<string, Hold>;
  readonly broken: readonly BrokenObject[];
  /** Paths of files in which anything may be missing. */
  readonly unreadable: readonly string[];
  /** Stands for every name that is missing, while a file cannot be read. */
  readonly unreadableHold: Hold | undefined;
  readonly faults: readonly Fault[];
}

export function hasTrouble({ faults, broken, unreadable }: LoadedFile): boolean {
  return faults.length > 0 || broken.length > 0 || unreadable;
}

/** `duplicates`: objects that share kind and name. */
export function describeTrouble(
  files: ReadonlyMap<string, LoadedFile>,
  duplicates: readonly (readonly LoadedObject[])[],
): Trouble {
  const holds = new Map<string, Hold>();
  const broken: BrokenObject[] = [];
  const unreadable: LoadedFile[] = [];
  const faults: Fault[] = [];
  for (const file of [...files.values()].toSorted(byPath)) {
    for (const fault of file.faults) faults.push(fault);
    if (file.unreadable) unreadable.push(file);
    for (const object of file.broken) {
      broken.push(object);
      const key = `${object.kind}/${object.name}`;
      if (!holds.has(key)) holds.set(key, brokenHold(file, object));
    }
  }
  for (const group of duplicates) {
    const fault = duplicateFault(group);
    faults.push(fault);
    const { code, message, object: root } = fault;
    const key = `${root.kind}/${root.name}`;
    if (!holds.has(key)) holds.set(key, { code, message, root });
  }
  const [first] = unreadable;
  return {
    files,
    holds,
    broken,
    unreadable: unreadable.map((file) => file.path),
    unreadableHold: first && holdOfUnreadable(first),
    faults,
  };
}

function byPath(left: LoadedFile, right: LoadedFile): number {
  return left.path < right.path ? -1 : 1;
}

function holdOfUnreadable(file: LoadedFile): Hold {
  const fault = file.faults.find(({ severity }) => severity === 'error');
  return {
    code: fault?.code ?? 'SPEC_FILE_REFUSED',
    message: `${file.path} cannot be read, so objects may be missing`,
    root: { kind: 'File', name: file.path },
  };
}

function brokenHold(file: LoadedFile, object: ObjectRef): Hold {
  const errors = file.faults.filter(({ severity }) => severity === 'error');
  const fault =
    errors.find(({ object: of }) => of?.kind === object.kind && of.name === object.name) ??
    errors[0];
  const root = refOf(object);
  const code = fault?.code ?? 'SPEC_FILE_REFUSED';
  return { code, message: fault?.message ?? `${file.path} has a fault`, root };
}

function duplicateFault(group: readonly LoadedObject[]): Fault & { readonly object: ObjectRef } {
  const [first, second, ...others] = group.toSorted(byPlace) as [LoadedObject, LoadedObject];
  const times = group.length === 2 ? 'twice' : `${group.length} times`;
  return {
    code: 'SPEC_DUPLICATE_NAME',
    severity: 'error',
    message: `${first.kind} ${first.name} is described ${times}`,
    place: placeOf(second, '/metadata/name'),
    object: refOf(first),
    hint: 'rename or remove one of them',
    related: [first, ...others].map((object) => ({
      place: placeOf(object, '/metadata/name'),
      message: 'also described here',
    })),
  };
}
