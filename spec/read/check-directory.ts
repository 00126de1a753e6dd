/** Everything that can be said about a working tree without a cluster: for `tarsctl validate`. */

import { createHash } from 'node:crypto';
import type { Fault } from '../fault.ts';
import { resolveRepository } from '../resolve/resolve-repository.ts';
import type { Resolved } from '../resolve/resolved.ts';
import { checkObjectCount } from './check-object-count.ts';
import { readDirectory } from './read-directory.ts';
import { readSourceText, readTextFile } from './read-text-file.ts';

export interface CheckedDirectory extends Pick<Resolved, 'desired' | 'held' | 'objectCount'> {
  /** Objects that no fault holds back. */
  readonly unaffectedCount: number;
  /** Of files, of objects, and between objects. */
  readonly faults: readonly Fault[];
  /** Text of a file for the frames of faults. */
  readonly readSource: (path: string) => string | undefined;
}

/** Fails with `USAGE` when `root` is no folder. Never throws for what the files hold. */
export async function checkDirectory(root: string): Promise<CheckedDirectory> {
  const files = await readDirectory(root);
  const { desired, held, objectCount, faults } = resolveRepository({
    files: new Map(files.map((file) => [file.path, file])),
    readText: (path) => readTextFile(root, path),
    hash: (text) => createHash('sha256').update(text).digest('hex'),
  });
  const tooMany = checkObjectCount(files);
  const heldNames = new Set(held.map(({ object }) => `${object.kind}/${object.name}`));
  const objects = files.flatMap((file) => file.objects);
  const unaffected = objects.filter(({ kind, name }) => !heldNames.has(`${kind}/${name}`));
  return {
    desired,
    held,
    objectCount,
    unaffectedCount: unaffected.length,
    faults: tooMany === undefined ? faults : [...faults, tooMany],
    readSource: (path) => readSourceText(root, path),
  };
}
