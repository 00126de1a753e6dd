/** Files that are there whole or not at all, whatever happens to the process or the machine. */

import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes names in a folder durable. */
export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Replaces `path` in one step; on return it is on the disk. Throws what the file system says. */
export function writeFileAtomic(path: string, content: string | Uint8Array, mode = 0o600): void {
  const staging = `${path}.${randomBytes(6).toString('hex')}.new`;
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  try {
    const descriptor = openSync(staging, 'wx', mode);
    try {
      for (let written = 0; written < bytes.length;) {
        written += writeSync(descriptor, bytes, written);
      }
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(staging, path);
  } catch (error) {
    rmSync(staging, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

/** The same without keeping the agent from other work meanwhile. One writer for each path. */
export async function writeFileAtomicLater(path: string, content: string): Promise<void> {
  const staging = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    const file = await open(staging, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(staging, path);
  } catch (error) {
    await rm(staging, { force: true });
    throw error;
  }
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
