/** What is wrong in files before objects are looked at together. */

import type { Fault, ObjectRef } from '../fault.ts';
import type { BrokenObject, LoadedFile, LoadedObject } from '../repository.ts';
import { byPlace, isSameHold, placeOf, refOf, type Hold } from './outcome.ts';

/** Keeps its identity while no file with a fault changes, and no name is there twice. */
export interface Trouble {
  /** Files with faults, by path. */
  readonly files: ReadonlyMap<string, LoadedFile>;
  /** Broken documents and duplicates, by `Kind/name`. */
  readonly holds: ReadonlyMap<string, Hold>;
  readonly broken: readonly BrokenObject[];
  /** Paths of files in which anything may be missing. */
  readonly unreadable: readonly string[];
  /** Stands for every name that is missing, while a file cannot be read. Keeps its identity. */
  readonly unreadableHold: Hold | undefined;
  /** For each kind with broken documents or duplicates: a value that stays while they do. */
  readonly kinds: ReadonlyMap<string, KindTrouble>;
  readonly faults: readonly Fault[];
}

export interface KindTrouble {
  readonly broken: readonly BrokenObject[];
  readonly holds: readonly Hold[];
}

export function hasTrouble({ faults, broken, unreadable }: LoadedFile): boolean {
  return faults.length > 0 || broken.length > 0 || unreadable;
}

/** `duplicates`: objects that share kind and name. */
export function describeTrouble(
  files: ReadonlyMap<string, LoadedFile>,
  duplicates: readonly (readonly LoadedObject[])[],
  previous?: Trouble,
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
    unreadableHold: keepHold(first && holdOfUnreadable(first), previous),
    kinds: groupByKind(broken, holds, previous),
    faults,
  };
}

function keepHold(hold: Hold | undefined, previous: Trouble | undefined): Hold | undefined {
  return isSameHold(hold, previous?.unreadableHold) ? previous?.unreadableHold : hold;
}

function groupByKind(
  broken: readonly BrokenObject[],
  holds: ReadonlyMap<string, Hold>,
  previous: Trouble | undefined,
): ReadonlyMap<string, KindTrouble> {
  const brokenByKind = Map.groupBy(broken, ({ kind }) => kind);
  const holdsByKind = Map.groupBy(holds, ([key]) => key.slice(0, key.indexOf('/')));
  const kinds = [...holdsByKind].map(([kind, entries]): [string, KindTrouble] => {
    const own = { broken: brokenByKind.get(kind) ?? [], holds: entries.map(([, hold]) => hold) };
    const before = previous?.kinds.get(kind);
    return [kind, before !== undefined && isSameTrouble(before, own) ? before : own];
  });
  return new Map(kinds);
}

function isSameTrouble(left: KindTrouble, right: KindTrouble): boolean {
  return (
    left.broken.length === right.broken.length &&
    left.holds.length === right.holds.length &&
    left.broken.every((object, at) => object === right.broken[at]) &&
    left.holds.every((hold, at) => isSameHold(hold, right.holds[at]))
  );
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
