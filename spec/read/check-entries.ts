/**
 * Decides which paths of a working tree are spec files, and refuses links, other repositories, and
 * names that not every machine can hold: what the controller refuses in a commit.
 */

import type { Fault } from '../fault.ts';
import type { LoadedFile } from '../repository.ts';
import { tooLarge } from './decode-text.ts';
import { limits } from './limits.ts';
import { refusedFile } from './load-file.ts';

export interface DirectoryEntry {
  /** Relative to the repository path, with `/`. */
  readonly path: string;
  /** `repository`: a folder with a `.git` inside. `other`: a device, pipe or socket. */
  readonly type: 'file' | 'link' | 'repository' | 'other' | 'unreadable';
}

export interface CheckedEntries {
  /** To be loaded. */
  readonly specFiles: readonly string[];
  /** Not to be loaded; each has its fault. */
  readonly refused: readonly LoadedFile[];
}

type Wording = Pick<Fault, 'code' | 'message'> & { readonly hint: string };

const specFile = /\.ya?ml$/;
const allowedPath = /^[A-Za-z0-9._/@+=-]+$/;

/**
 * Folders and files that begin with a dot, such as `.git` and `.github`, and `node_modules` are not
 * part of the language: nothing in them is read, and nothing in them is refused.
 */
export function isSkipped(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.') || part === 'node_modules');
}

/** True for a path that holds objects. */
export function isSpecFile(path: string): boolean {
  return specFile.test(path) && !isSkipped(path);
}

export function checkEntries(entries: readonly DirectoryEntry[]): CheckedEntries {
  const specFiles: string[] = [];
  const refused: LoadedFile[] = [];
  const twins = findTwins(entries);
  for (const entry of entries) {
    const wording =
      refuseType(entry) ?? (isSpecFile(entry.path) ? refuseName(entry.path) : undefined);
    const twin = isSpecFile(entry.path) ? twins.get(entry.path) : undefined;
    if (wording !== undefined) refused.push(refuse(entry, wording));
    else if (twin !== undefined) refused.push(refuse(entry, collision, twin));
    else if (!isSpecFile(entry.path)) continue;
    else if (specFiles.length < limits.filesMax) specFiles.push(entry.path);
    else {
      refused.push(refuse(entry, tooManyFiles));
      break;
    }
  }
  return { specFiles, refused };
}

/** Loads a file that is too large to be read. */
export function refuseOversized(path: string, blobId: string, sizeBytes: number): LoadedFile {
  return refusedFile(path, blobId, tooLarge(path, sizeBytes));
}

/** A link or repository that is not named like a spec file hides no objects: it is only named. */
function refuse({ path, type }: DirectoryEntry, wording: Wording, twin?: string): LoadedFile {
  const related = [{ place: { path: twin ?? '' }, message: 'the other one' }];
  const matters = isSpecFile(path) || type === 'unreadable';
  return {
    ...refusedFile(path, '', {
      ...wording,
      severity: matters ? 'error' : 'warning',
      place: { path },
      ...(twin === undefined ? {} : { related }),
    }),
    unreadable: matters,
  };
}

const collision: Wording = {
  code: 'FILE_NAME_COLLISION',
  message: 'another path differs from this one in upper and lower case alone',
  hint: 'rename one of them: on many machines they are one file',
};

const tooManyFiles: Wording = {
  code: 'SPEC_TOO_MANY_FILES',
  message: `the repository holds more than ${limits.filesMax.toLocaleString('en')} spec files; this one and those after it are not read`,
  hint: 'name a folder below this one, or put several objects into one file',
};

function refuseType({ path, type }: DirectoryEntry): Wording | undefined {
  if (type === 'link') {
    return {
      code: 'FILE_LINK_REFUSED',
      message: 'this is a symbolic link, and links are never followed',
      hint: 'commit the file itself; objects refer to each other by name, so a copy is not needed',
    };
  }
  if (type === 'repository') {
    return {
      code: 'FILE_SUBMODULE_REFUSED',
      message: 'this folder is a repository of its own, and is not read',
      hint: 'commit the files themselves, or take the folder out',
    };
  }
  if (type === 'unreadable') {
    return {
      code: 'SPEC_FILE_UNREADABLE',
      message: 'this folder cannot be read',
      hint: 'give the user that runs the command the right to read it',
    };
  }
  if (type !== 'other' || !isSpecFile(path)) return undefined;
  return {
    code: 'SPEC_NOT_A_FILE',
    message: 'this is named like a spec file, and is a device, a pipe or a socket',
    hint: 'remove it, or give it a name that does not end in .yaml or .yml',
  };
}

function refuseName(path: string): Wording | undefined {
  const parts = path.split('/');
  const long =
    path.length > limits.pathBytesMax ||
    parts.length > limits.pathPartsMax ||
    parts.some((part) => part.length > limits.pathPartBytesMax);
  const plain = allowedPath.test(path) && !parts.some((part) => part.startsWith('-'));
  if (plain && !long) return undefined;
  return {
    code: 'FILE_NAME_REFUSED',
    message: long ? 'the path is too long' : 'the path has characters that are not allowed',
    hint: 'rename it: letters, digits and . _ - @ + = are allowed between slashes',
  };
}

/** For each spec file that another one would overwrite on some machines, the other one. */
function findTwins(entries: readonly DirectoryEntry[]): Map<string, string> {
  const spellings = new Map<string, string>();
  const twins = new Map<string, string>();
  for (const { path } of entries) {
    if (!isSpecFile(path)) continue;
    const folded = path.toLowerCase();
    const other = spellings.get(folded);
    if (other === undefined) spellings.set(folded, path);
    else {
      twins.set(path, other);
      twins.set(other, path);
    }
  }
  return twins;
}
