/** The limit on objects in one repository. */

import type { Fault } from '../fault.ts';
import type { LoadedFile } from '../repository.ts';
import { limits } from './limits.ts';

/** A fault at the file that goes beyond the limit, in the order of `files`. */
export function checkObjectCount(files: Iterable<LoadedFile>): Fault | undefined {
  let count = 0;
  for (const { path, objects } of files) {
    count += objects.length;
    if (count <= limits.objectsMax) continue;
    const max = limits.objectsMax.toLocaleString('en');
    return {
      code: 'SPEC_TOO_MANY_OBJECTS',
      severity: 'error',
      message: `the repository holds more than ${max} objects`,
      place: { path },
      hint: 'describe nodes that are alike with a NodeSet, or split the fleet',
    };
  }
  return undefined;
}
