/** Whether an instance must be started anew to get from one revision to another. */

import type { InstanceRevision } from '../desired-state.ts';
import { encodeCanonical } from '../resolve/digest.ts';

/** Served files are told to the running process, which loads them again. */
export function needsRestart(from: InstanceRevision, to: InstanceRevision): boolean {
  return startedWith(from) !== startedWith(to);
}

/** Everything that counts when a process starts; where the lines of a file come from does not. */
function startedWith({ served: _served, ...revision }: InstanceRevision): string {
  const files = revision.files.map(({ path, content }) => ({ path, content }));
  return encodeCanonical({ ...revision, files });
}
