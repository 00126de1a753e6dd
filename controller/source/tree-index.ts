/** The files of one commit that may be read, and the names that may not, with the reason. */

import { assert } from '../../errors/assert.ts';
import type { FaultCode } from '../../spec/fault-codes.ts';
import { limits } from '../../spec/read/limits.ts';
import type { TreeChange, TreeEntry } from './tree-entry.ts';

export interface SourceFile {
  readonly path: string;
  readonly objectId: string;
  readonly sizeBytes: number;
}

/** A path that is never read. */
export interface Refusal {
  readonly path: string;
  readonly code: FaultCode;
  readonly message: string;
  readonly hint: string;
  /** The other paths that it collides with. */
  readonly others: readonly string[];
}

const allowedPath = /^[A-Za-z0-9._/@+=-]+$/;
const regularModes = new Set(['100644', '100755', '100664']);

function refuseName(entry: TreeEntry, why: string): Refusal {
  return {
    path: entry.path,
    code: 'FILE_NAME_REFUSED',
    message: `the file ${JSON.stringify(entry.path)} ${why}`,
    hint: 'Rename it: letters, digits and the characters . _ - @ + = are allowed between slashes.',
    others: [],
  };
}

const SHOWN_CHARACTERS = 80;

/** For messages; the end stays, because it tells what kind of file it is. */
function shorten(path: string): string {
  const half = SHOWN_CHARACTERS / 2;
  return path.length <= SHOWN_CHARACTERS ? path : `${path.slice(0, half)}…${path.slice(-half)}`;
}

/** The reason by which `entry` is never read, judged by itself. */
function judgeEntry(entry: TreeEntry): Refusal | undefined {
  if (entry.mode === '120000') {
    return {
      path: entry.path,
      code: 'FILE_LINK_REFUSED',
      message: `${JSON.stringify(entry.path)} is a symbolic link, and links are never followed`,
      hint: 'Commit the file itself. Objects refer to each other by name, so a copy is not needed.',
      others: [],
    };
  }
  if (entry.mode === '160000') {
    return {
      path: entry.path,
      code: 'FILE_SUBMODULE_REFUSED',
      message: `${JSON.stringify(entry.path)} is a submodule, and submodules are never fetched`,
      hint: 'Commit the files themselves, or take the submodule out.',
      others: [],
    };
  }
  if (entry.escaped || !allowedPath.test(entry.path)) {
    return refuseName(entry, 'has characters in its name that are not allowed');
  }
  const parts = entry.path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    return refuseName(entry, 'has a name that leads out of its folder');
  }
  if (parts.some((part) => part.toLowerCase() === '.git' || part.startsWith('-'))) {
    return refuseName(entry, 'has a name that tools take for something else');
  }
  const tooLong = entry.path.length > limits.pathBytesMax || parts.length > limits.pathPartsMax;
  if (tooLong || parts.some((part) => part.length > limits.pathPartBytesMax)) {
    return refuseName({ ...entry, path: shorten(entry.path) }, 'has too long a path');
  }
  if (!regularModes.has(entry.mode)) return refuseName(entry, `has the unknown mode ${entry.mode}`);
  return undefined;
}

function refuseCollision(path: string, others: readonly string[]): Refusal {
  return {
    path,
    code: 'FILE_NAME_COLLISION',
    message: `${JSON.stringify(path)} and ${others.map((other) => JSON.stringify(other)).join(', ')} differ in upper and lower case alone`,
    hint: 'Rename one of them: on many machines they are one file.',
    others,
  };
}

/** Kept from commit to commit, so that a commit costs what it changes. */
export class TreeIndex {
  readonly #files = new Map<string, SourceFile>();
  readonly #refused = new Map<string, Refusal>();
  /** Path without case → the first path that is spelled like it. */
  readonly #spellings = new Map<string, string>();
  /** The same for paths that several spellings compete for; mostly empty. */
  readonly #collisions = new Map<string, Set<string>>();

  get size(): number {
    return this.#files.size + this.#refused.size;
  }

  /** While there are any, a change of one path may change what becomes of another. */
  get hasCollisions(): boolean {
    return this.#collisions.size > 0;
  }

  apply(change: TreeChange): void {
    if (change.kind === 'removed') this.#remove(change.path);
    else this.#set(change.entry);
  }

  /** Copies that stay as they are. Colliding paths are among the refused. */
  read(): { files: ReadonlyMap<string, SourceFile>; refused: ReadonlyMap<string, Refusal> } {
    const files = new Map(this.#files);
    const refused = new Map(this.#refused);
    for (const spellings of this.#collisions.values()) {
      for (const path of spellings) {
        const others = [...spellings].filter((other) => other !== path);
        refused.set(path, refuseCollision(path, others));
        files.delete(path);
      }
    }
    return { files, refused };
  }

  #set(entry: TreeEntry): void {
    const refusal = judgeEntry(entry);
    if (refusal !== undefined) {
      this.#remove(entry.path);
      this.#refused.set(entry.path, refusal);
      return;
    }
    const { path, objectId, sizeBytes } = entry;
    assert(sizeBytes !== undefined, `git gave no size for ${path}`);
    this.#refused.delete(path);
    if (!this.#files.has(path)) this.#addSpelling(path);
    this.#files.set(path, { path, objectId, sizeBytes });
  }

  #remove(path: string): void {
    this.#refused.delete(path);
    if (this.#files.delete(path)) this.#removeSpelling(path);
  }

  #addSpelling(path: string): void {
    const folded = path.toLowerCase();
    const first = this.#spellings.get(folded);
    if (first === undefined) this.#spellings.set(folded, path);
    else this.#collisions.set(folded, new Set(this.#collisions.get(folded) ?? [first]).add(path));
  }

  #removeSpelling(path: string): void {
    const folded = path.toLowerCase();
    const spellings = this.#collisions.get(folded);
    if (spellings === undefined) {
      this.#spellings.delete(folded);
      return;
    }
    spellings.delete(path);
    const [first, ...others] = spellings;
    if (first !== undefined) this.#spellings.set(folded, first);
    if (others.length === 0) this.#collisions.delete(folded);
  }
}
