/** Writes a verified backup to a file or a directory, which appears under its name when it is whole. */

import type { Encrypter } from 'age-encryption';
import { lstat, mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { syncDirectory } from '../../replica/drivers/embedded/sync-directory.ts';
import { encrypt } from './age-stream.ts';
import { once, type BackupEntry } from './backup-entry.ts';
import { backupIoFailed } from './backup-errors.ts';
import { partialOf, removeLeftovers } from './leftovers.ts';
import { MANIFEST_NAME, MANIFEST_SUM_NAME, manifestSum } from './manifest.ts';
import { syncTree } from './sync-tree.ts';
import type { VerifiedBackup } from './verified-backup.ts';
import { writeTar } from './write-tar.ts';

export interface BackupTarget {
  readonly path: string;
  /** A directory with a file for each file, instead of one tar. */
  readonly asDirectory: boolean;
  /** Absent: nothing is encrypted. */
  readonly encrypter?: Encrypter;
}

/** Ends the name of an encrypted file in a directory. */
export const ENCRYPTED_SUFFIX = '.age';

/** Fails before anything is asked for when the target is taken (`BACKUP_EXISTS`) or has no folder. */
export async function prepareTarget({ path }: BackupTarget): Promise<void> {
  const there = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw backupIoFailed(error, path, 'look at');
  });
  if (there !== undefined) {
    throw new TarsierError('BACKUP_EXISTS', `There is something at ${path} already.`, {
      hint: 'A backup never replaces another one: give it another name, such as one with the date.',
      details: { path },
    });
  }
  await removeLeftovers(path).catch((error: unknown) => {
    throw backupIoFailed(error, dirname(path), 'write a backup into');
  });
}

/** After `prepareTarget`. Whatever fails on the way leaves nothing. Returns the bytes written. */
export async function writeBackup(backup: VerifiedBackup, target: BackupTarget): Promise<number> {
  const { path, asDirectory, encrypter } = target;
  const partial = partialOf(path);
  try {
    const entries = allEntries(backup);
    const sizeBytes = asDirectory
      ? await writeDirectory(partial, entries, encrypter)
      : await writeFile(
          partial,
          encrypted(writeTar(entries, backup.manifest.createdAt), encrypter),
        );
    await rename(partial, path);
    await syncDirectory(dirname(path));
    return sizeBytes;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw backupIoFailed(error, path, 'write the backup');
  }
}

async function* allEntries({ manifestBytes, files }: VerifiedBackup): AsyncGenerator<BackupEntry> {
  const sum = manifestSum(manifestBytes);
  yield { name: MANIFEST_NAME, sizeBytes: manifestBytes.length, content: once(manifestBytes) };
  yield { name: MANIFEST_SUM_NAME, sizeBytes: sum.length, content: once(sum) };
  yield* files;
}

async function writeDirectory(
  folder: string,
  entries: AsyncIterable<BackupEntry>,
  encrypter: Encrypter | undefined,
): Promise<number> {
  let sizeBytes = 0;
  await mkdir(folder, { mode: 0o700 });
  for await (const { name, content } of entries) {
    const file = join(folder, encrypter === undefined ? name : `${name}${ENCRYPTED_SUFFIX}`);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    sizeBytes += await writeFile(file, encrypted(content, encrypter));
  }
  await syncTree(folder);
  return sizeBytes;
}

function encrypted(
  chunks: AsyncIterable<Uint8Array>,
  encrypter: Encrypter | undefined,
): AsyncIterable<Uint8Array> {
  return encrypter === undefined ? chunks : encrypt(chunks, encrypter);
}

async function writeFile(file: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  const handle = await open(file, 'wx', 0o600);
  try {
    let sizeBytes = 0;
    for await (const chunk of chunks) {
      await writeWhole(handle, chunk);
      sizeBytes += chunk.length;
    }
    await handle.sync();
    return sizeBytes;
  } finally {
    await handle.close();
  }
}

/** A write may take only a part, as it does when the disk is about to be full. */
async function writeWhole(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let start = 0; start < chunk.length;) {
    const { bytesWritten } = await handle.write(chunk, start);
    start += bytesWritten;
  }
}
