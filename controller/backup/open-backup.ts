/** Opens a backup that was written before: a tar or a directory, encrypted or not. */

import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { decryptWhenNeeded } from './age-stream.ts';
import { collectBytes, once, type BackupEntry } from './backup-entry.ts';
import { backupDamaged, backupIoFailed } from './backup-errors.ts';
import {
  decodeManifest,
  MANIFEST_BYTES_MAX,
  MANIFEST_NAME,
  MANIFEST_SUM_NAME,
} from './manifest.ts';
import { readTar } from './read-tar.ts';
import { openVerified, type VerifiedBackup } from './verified-backup.ts';
import { ENCRYPTED_SUFFIX } from './write-backup.ts';

export interface OpenBackupOptions {
  /** Secret keys of age; needed for an encrypted backup. */
  readonly identities?: readonly string[];
  readonly onBytes?: (sizeBytes: number) => void;
}

const CHUNK_BYTES = 2 ** 18;
const SUM_BYTES_MAX = 1_024;

/** `BACKUP_DAMAGED`, `BACKUP_TOO_NEW`, `BACKUP_KEY_WRONG`, `BACKUP_IO_FAILED`; each names `path`. */
export async function openBackup(
  path: string,
  { identities = [], onBytes }: OpenBackupOptions = {},
): Promise<VerifiedBackup> {
  const found = await stat(path).catch((error: unknown) => {
    throw backupIoFailed(error, path, 'read the backup');
  });
  const options = { where: path, ...(onBytes === undefined ? {} : { onBytes }) };
  if (found.isDirectory()) return openVerified(readDirectory(path, identities), options);
  const plain = decryptWhenNeeded(readWhole(path, path), identities, path);
  return openVerified(readTar(plain, path), options);
}

async function* readDirectory(
  folder: string,
  identities: readonly string[],
): AsyncGenerator<BackupEntry> {
  const suffix = (await exists(join(folder, `${MANIFEST_NAME}${ENCRYPTED_SUFFIX}`)))
    ? ENCRYPTED_SUFFIX
    : '';
  const contentOf = (name: string) =>
    decryptWhenNeeded(readWhole(join(folder, `${name}${suffix}`), folder), identities, folder);
  for (const [name, bytesMax] of [
    [MANIFEST_NAME, MANIFEST_BYTES_MAX],
    [MANIFEST_SUM_NAME, SUM_BYTES_MAX],
  ] as const) {
    const bytes = await collectBytes(contentOf(name), bytesMax);
    yield { name, sizeBytes: bytes.length, content: once(bytes) };
  }
  // Its sum was compared by whoever asks for more.
  const manifestBytes = await collectBytes(contentOf(MANIFEST_NAME), MANIFEST_BYTES_MAX);
  for (const { name, sizeBytes } of decodeManifest(manifestBytes, folder).files) {
    yield { name, sizeBytes, content: contentOf(name) };
  }
}

/** Only what is a file: a pipe or a device under the name of a file would never end. */
async function* readWhole(file: string, where: string): AsyncGenerator<Uint8Array> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') throw backupDamaged(where, `${file} is missing`, error);
      throw backupIoFailed(error, file, 'read');
    },
  );
  try {
    if (!(await handle.stat()).isFile()) throw backupDamaged(where, `${file} is not a file`);
    for (;;) {
      const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
      const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
