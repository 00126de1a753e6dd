/**
 * Decides which paths of a repository are spec files, and refuses links, submodules and paths that
 * could lead out of it. The same for a commit and for a working tree.
 */

import type { Fault } from '../fault.ts';
import type { LoadedFile } from '../repository.ts';
import { tooLarge } from './decode-text.ts';
import { limits } from './limits.ts';
import { refusedFile } from './load-file.ts';

export interface RepositoryEntry {
  /** Relative to the repository path, with `/`. */
  readonly path: string;
  /** `other`: a device, pipe, socket, or a folder named like a file. */
  readonly type: 'file' | 'link' | 'submodule' | 'other' | 'unreadable';
  readonly sizeBytes?: number | undefined;
}

export interface CheckedEntries<Entry extends RepositoryEntry> {
  /** To be loaded. */
  readonly specFiles: readonly Entry[];
  /** Not to be loaded, because of a fault; what they hold is unknown. */
  readonly refused: readonly LoadedFile[];
}

const specFile = /\.ya?ml$/;
const plainPath = /^[A-Za-z0-9 ._+@=,()[\]~-]+(?:\/[A-Za-z0-9 ._+@=,()[\]~-]+)*$/;

/**
 * Folders and files that begin with a dot, such as `.git` and `.github`, and `node_modules` are not
 * part of the repository's language: nothing in them is read, and nothing in them is refused.
 */
export function isSkipped(path: string): boolean {
  return path
    .split('/')
    .some((part) => (part.startsWith('.') && part !== '..') || part === 'node_modules');
}

export function checkEntries<Entry extends RepositoryEntry>(
  entries: Iterable<Entry>,
): CheckedEntries<Entry> {
  const specFiles: Entry[] = [];
  const refused: LoadedFile[] = [];
  const seen = new Map<string, string>();
  for (const entry of entries) {
    const { path } = entry;
    if (isSkipped(path)) continue;
    const fault =
      refuseType(entry) ?? (specFile.test(path) ? refuseSpecFile(entry, seen) : undefined);
    if (fault !== undefined) {
      refused.push(refusedFile(path, '', fault));
    } else if (specFile.test(path)) {
      if (specFiles.length === limits.filesMax) {
        refused.push(refusedFile(path, '', tooManyFiles(path)));
        break;
      }
      specFiles.push(entry);
    }
  }
  return { specFiles, refused };
}

type Wording = Pick<Fault, 'code' | 'message'> & { readonly hint: string };

function faultAt(path: string, wording: Wording): Fault {
  return { ...wording, severity: 'error', place: { path } };
}

function refuseType({ path, type }: RepositoryEntry): Fault | undefined {
  if (type === 'link') {
    return faultAt(path, {
      code: 'SPEC_SYMBOLIC_LINK',
      message: 'this is a symbolic link; links are never followed',
      hint: 'put a copy of the file here, or name the real file',
    });
  }
  if (type === 'submodule') {
    return faultAt(path, {
      code: 'SPEC_SUBMODULE',
      message: 'this is a submodule or another repository; neither is read',
      hint: 'copy the files into this repository',
    });
  }
  if (type === 'unreadable') {
    return faultAt(path, {
      code: 'SPEC_FILE_UNREADABLE',
      message: 'this cannot be read: permission is denied',
      hint: 'give the user that runs the command the right to read it',
    });
  }
  if (type !== 'other' || !specFile.test(path)) return undefined;
  return faultAt(path, {
    code: 'SPEC_NOT_A_FILE',
    message: 'this is named like a spec file, and is none',
    hint: 'remove it, or give it a name that does not end in .yaml or .yml',
  });
}

function refuseSpecFile(entry: RepositoryEntry, seen: Map<string, string>): Fault | undefined {
  const { path, sizeBytes } = entry;
  const parts = path.split('/');
  const bytes = new TextEncoder().encode(path).length;
  if (bytes > limits.pathBytesMax || parts.some((part) => part.length > limits.pathPartBytesMax)) {
    const { pathBytesMax, pathPartBytesMax } = limits;
    return faultAt(path, {
      code: 'SPEC_PATH_TOO_LONG',
      message: `the path has ${bytes} bytes`,
      hint: `at most ${pathBytesMax} in all, and ${pathPartBytesMax} between two \`/\``,
    });
  }
  if (!plainPath.test(path) || parts.includes('..')) {
    return faultAt(path, {
      code: 'SPEC_PATH_INVALID',
      message: 'the path of a spec file must not look like this',
      hint: 'letters, digits, space and . _ - + @ = , ( ) [ ] ~ are allowed, with / between folders',
    });
  }
  const folded = path.toLowerCase();
  const twin = seen.get(folded);
  seen.set(folded, path);
  if (twin !== undefined) {
    return {
      ...faultAt(path, {
        code: 'SPEC_PATH_COLLISION',
        message: 'on some machines this is the same file as another',
        hint: 'rename one of them',
      }),
      related: [{ place: { path: twin }, message: 'differs in upper and lower case only' }],
    };
  }
  if (sizeBytes !== undefined && sizeBytes > limits.fileBytesMax) return tooLarge(path, sizeBytes);
  return undefined;
}

function tooManyFiles(path: string): Fault {
  const max = limits.filesMax.toLocaleString('en');
  return faultAt(path, {
    code: 'SPEC_TOO_MANY_FILES',
    message: `the repository holds more than ${max} spec files; this one and those after it are not read`,
    hint: 'set the source to a sub-path, or put several objects into one file',
  });
}
