/** What becomes of names in a commit that are never read: faults, and files that count as unreadable. */

import type { Fault } from '../../spec/fault.ts';
import { isSkipped, isSpecFile } from '../../spec/read/check-entries.ts';
import { refusedFile } from '../../spec/read/load-file.ts';
import type { LoadedFile } from '../../spec/repository.ts';
import type { SourceSnapshot } from './commit-reader.ts';
import type { Refusal } from './tree-index.ts';

/**
 * A refused spec file is unreadable: what it held stays in force. So is a refused name that stands
 * where a folder with objects in force was. Anything else is a warning and holds nothing back.
 */
export function refusedFiles(
  snapshot: SourceSnapshot,
  pathsInForce: () => Iterable<string>,
): LoadedFile[] {
  const refusals = [...snapshot.refused.values()].filter(({ path }) => !isSkipped(path));
  const suspects = refusals.filter(({ path }) => !isSpecFile(path));
  const replaced = suspects.length === 0 ? new Set<string>() : foldersAbove(pathsInForce());
  return refusals
    .filter(({ path, code }) => isSpecFile(path) || replaced.has(path) || isLink(code))
    .map((refusal) => {
      const unreadable = isSpecFile(refusal.path) || replaced.has(refusal.path);
      const fault = faultOf(refusal, unreadable ? 'error' : 'warning');
      return { ...refusedFile(refusal.path, '', fault), unreadable };
    });
}

/** Links and submodules are always named; an odd name matters only where an object needs the file. */
function isLink(code: Refusal['code']): boolean {
  return code === 'FILE_LINK_REFUSED' || code === 'FILE_SUBMODULE_REFUSED';
}

function foldersAbove(paths: Iterable<string>): Set<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return folders;
}

function faultOf(refusal: Refusal, severity: Fault['severity']): Fault {
  const related = refusal.others.map((path) => ({
    place: { path },
    message: 'differs in upper and lower case alone',
  }));
  return {
    code: refusal.code,
    severity,
    message: refusal.message,
    place: { path: refusal.path },
    hint: refusal.hint,
    ...(related.length > 0 && { related }),
  };
}
