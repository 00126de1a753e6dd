/** Lists and loads the spec files of a working tree, in the order of their paths. */

import { createHash } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TarsierError } from '../../errors/tarsier-error.ts';
import type { LoadedFile } from '../repository.ts';
import { checkEntries, isSkipped, refuseOversized, type DirectoryEntry } from './check-entries.ts';
import { limits } from './limits.ts';
import { loadFile, refusedFile } from './load-file.ts';

/** Files that are open at the same time. */
const concurrency = 32;

/** Everything below `root` that is no skipped folder; links are not followed. */
async function listDirectory(root: string): Promise<DirectoryEntry[]> {
  const entries: DirectoryEntry[] = [];
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const children = await readFolder(root, folder);
    if (children === undefined) {
      entries.push({ path: folder, type: 'unreadable' });
      continue;
    }
    if (folder !== '' && children.some(({ name }) => name === '.git')) {
      entries.push({ path: folder, type: 'repository' });
      continue;
    }
    for (const child of children) {
      const path = folder === '' ? child.name : `${folder}/${child.name}`;
      if (isSkipped(path)) continue;
      if (child.isDirectory()) folders.push(path);
      else entries.push({ path, type: typeOf(child) });
      if (entries.length + folders.length > limits.directoryEntriesMax) throw tooMany(root);
    }
  }
  return entries.toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

/** Loads every spec file below `root`. Fails with `USAGE` when `root` is no folder. */
export async function readDirectory(root: string): Promise<LoadedFile[]> {
  const { specFiles, refused } = checkEntries(await listDirectory(root));
  const files: LoadedFile[] = [...refused];
  for (let start = 0; start < specFiles.length; start += concurrency) {
    const batch = specFiles.slice(start, start + concurrency);
    files.push(...(await Promise.all(batch.map((path) => readSpecFile(root, path)))));
  }
  return files.toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

/** Opened without following links, and measured before it is read. */
const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

async function readSpecFile(root: string, path: string): Promise<LoadedFile> {
  try {
    await using file = await open(join(root, path), openFlags);
    const { size } = await file.stat();
    if (size > limits.fileBytesMax) return refuseOversized(path, '', size);
    const bytes = await file.readFile();
    return loadFile({ path, blobId: gitBlobId(bytes), bytes });
  } catch (error) {
    return refusedFile(path, '', {
      code: 'SPEC_FILE_UNREADABLE',
      severity: 'error',
      message: `the file cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}`,
      place: { path },
      hint: 'give the user that runs the command the right to read it',
    });
  }
}

/** As Git names the content, so that a cache serves commits and working trees alike. */
function gitBlobId(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

async function readFolder(root: string, folder: string): Promise<Dirent[] | undefined> {
  try {
    return await readdir(join(root, folder), { withFileTypes: true });
  } catch (error) {
    if (folder !== '') return undefined;
    const { code } = error as NodeJS.ErrnoException;
    throw new TarsierError('USAGE', `${root} cannot be read as a folder (${code}).`, {
      hint: 'Name the folder that holds the repository.',
      cause: error,
    });
  }
}

function typeOf(child: Dirent): DirectoryEntry['type'] {
  if (child.isSymbolicLink()) return 'link';
  return child.isFile() ? 'file' : 'other';
}

function tooMany(root: string): TarsierError {
  const max = limits.directoryEntriesMax.toLocaleString('en');
  return new TarsierError('USAGE', `${root} holds more than ${max} files and folders.`, {
    hint: 'Name a folder that holds the spec alone.',
  });
}
