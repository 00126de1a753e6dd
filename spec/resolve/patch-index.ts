/** The index of a repository, made from that of an earlier state where that is possible. */

import type { LoadedFile, LoadedObject } from '../repository.ts';
import { isKind } from '../kind-of.ts';
import { byPlace } from './outcome.ts';
import { scanFiles, type KindIndex, type RepositoryIndex } from './repository-index.ts';
import { describeTrouble, hasTrouble, type Trouble } from './trouble.ts';

/** Gives `previous` back when nothing changed. */
export function buildIndex(
  files: ReadonlyMap<string, LoadedFile>,
  previous: RepositoryIndex | undefined,
): RepositoryIndex {
  if (previous === undefined || previous.hasDuplicates) return scanFiles(files);
  const change = compareFiles(previous.files, files);
  if (change.added.length === 0 && change.removed.length === 0) return previous;
  return patch(previous, files, change) ?? scanFiles(files);
}

interface Change {
  readonly added: readonly LoadedFile[];
  readonly removed: readonly LoadedFile[];
}

/** A file with other content is removed and added. */
function compareFiles(
  before: ReadonlyMap<string, LoadedFile>,
  now: ReadonlyMap<string, LoadedFile>,
): Change {
  const added: LoadedFile[] = [];
  const removed: LoadedFile[] = [];
  let kept = 0;
  for (const [path, file] of now) {
    const earlier = before.get(path);
    if (earlier !== undefined) kept += 1;
    if (earlier === file) continue;
    added.push(file);
    if (earlier !== undefined) removed.push(earlier);
  }
  if (kept < before.size) {
    for (const [path, file] of before) if (!now.has(path)) removed.push(file);
  }
  return { added, removed };
}

/** Undefined when a name would be there twice. */
function patch(
  previous: RepositoryIndex,
  files: ReadonlyMap<string, LoadedFile>,
  { added, removed }: Change,
): RepositoryIndex | undefined {
  const gone = removed.flatMap(({ objects }) => objects);
  const come = added.flatMap(({ objects }) => objects);
  const kinds = new Map(previous.kinds);
  for (const kind of new Set([...gone, ...come].map((object) => object.kind))) {
    if (kind === 'Cluster') continue;
    const isOfKind = (object: LoadedObject) => object.kind === kind;
    const patched = patchKind(kinds.get(kind), gone.filter(isOfKind), come.filter(isOfKind));
    if (patched === undefined) return undefined;
    kinds.set(kind, patched);
  }
  const left = new Set<LoadedObject>(gone);
  const clusters = [
    ...previous.clusters.filter((cluster) => !left.has(cluster)),
    ...come.filter((object) => isKind(object, 'Cluster')),
  ].toSorted(byPlace);
  const objectCount = previous.objectCount - gone.length + come.length;
  const trouble = patchTrouble(previous.trouble, { added, removed });
  return { files, kinds, trouble, hasDuplicates: false, clusters, objectCount };
}

function patchTrouble(previous: Trouble, { added, removed }: Change): Trouble {
  if (![...added, ...removed].some(hasTrouble)) return previous;
  const files = new Map(previous.files);
  for (const { path } of removed) files.delete(path);
  for (const file of added) if (hasTrouble(file)) files.set(file.path, file);
  return describeTrouble(files, [], previous);
}

function patchKind(
  kind: KindIndex | undefined,
  gone: readonly LoadedObject[],
  come: readonly LoadedObject[],
): KindIndex | undefined {
  const byName = new Map(kind?.byName);
  const replaced = new Set(gone.map(({ name }) => name));
  for (const object of come) {
    if (!replaced.delete(object.name) && byName.has(object.name)) return undefined;
    byName.set(object.name, object);
  }
  for (const name of replaced) byName.delete(name);
  const names = new Set([...gone, ...come].map(({ name }) => name));
  return { byName, version: {}, ...(kind && { change: { from: kind.version, names } }) };
}
