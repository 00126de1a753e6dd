/** Lets a TARS library save beside the program what it loads from the configuration servant. */

import { chmodSync, lchownSync, lstatSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { InstanceRevision } from '../../../spec/desired-state.ts';
import type { ServiceUser } from './users.ts';

/** The service's group may add files, and nobody may take away or rename those of others. */
const SHARED_MODE = 0o1775;

/** Java saves into `conf`, which must be there. Safe to repeat; nothing is followed that the user made. */
export function openBinFolder(
  bin: string,
  content: InstanceRevision,
  user: ServiceUser | undefined,
): void {
  const folders = content.type === 'tars-java' ? [bin, join(bin, 'conf')] : [bin];
  for (const folder of folders) {
    mkdirSync(folder, { recursive: true });
    if (user !== undefined) shareFolder(folder, user);
  }
  if (user === undefined) return;
  for (const folder of folders) {
    for (const { name } of content.served ?? []) handOver(join(folder, basename(name)), user);
  }
}

function shareFolder(folder: string, user: ServiceUser): void {
  const stat = lstatSync(folder);
  const own = process.getuid?.() ?? 0;
  // A folder of the user was made by the user, and may be anything in a moment.
  if (!stat.isDirectory() || stat.uid !== own) return;
  lchownSync(folder, own, user.gid);
  chmodSync(folder, SHARED_MODE);
}

/** A file that came in the package under the name of a served one is there to be replaced. */
function handOver(path: string, user: ServiceUser): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isFile() === true && stat.nlink === 1) lchownSync(path, user.uid, user.gid);
}
