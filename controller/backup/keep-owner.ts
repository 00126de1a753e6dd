/** A folder that root restored belongs to whom the empty folder belonged that it replaces. */

import { lchown, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Does nothing unless this is root and `before` is there. */
export async function keepOwner(before: string, folder: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const owner = await stat(before).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (owner === undefined || owner.uid === 0) return;
  for (const name of await readdir(folder, { recursive: true })) {
    await lchown(join(folder, name), owner.uid, owner.gid);
  }
  await lchown(folder, owner.uid, owner.gid);
}
