/** Points the `current` link of a service at a release: at every moment it is the old or the new one. */

import { randomBytes } from 'node:crypto';
import { rename, rm, symlink, utimes } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { syncDirectory } from './unpack.ts';

export async function switchLink(serviceFolder: string, path: string, now: number): Promise<void> {
  // The age of a release, for retention, counts from when it was last switched to.
  await utimes(path, now / 1000, now / 1000);
  const draft = join(serviceFolder, `.current-${randomBytes(8).toString('hex')}`);
  await symlink(relative(serviceFolder, path), draft);
  try {
    await rename(draft, join(serviceFolder, 'current'));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncDirectory(serviceFolder);
}
