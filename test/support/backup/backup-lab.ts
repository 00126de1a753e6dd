/** Backups of the recorded data folder, whole ones and forged ones, and attempts to use them. */

import { createHash } from 'node:crypto';
import { cpSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeEncrypter } from '../../../controller/backup/age-stream.ts';
import { collectBytes, once, type BackupEntry } from '../../../controller/backup/backup-entry.ts';
import { captureBackup } from '../../../controller/backup/capture-backup.ts';
import {
  encodeManifest,
  MANIFEST_NAME,
  MANIFEST_SUM_NAME,
  manifestSum,
  type BackupManifest,
} from '../../../controller/backup/manifest.ts';
import { openBackup, type OpenBackupOptions } from '../../../controller/backup/open-backup.ts';
import { openVerified } from '../../../controller/backup/verified-backup.ts';
import { writeBackup } from '../../../controller/backup/write-backup.ts';
import { writeTar } from '../../../controller/backup/write-tar.ts';
import { openStores } from '../../../controller/open-stores.ts';
import { isTarsierError } from '../../../errors/tarsier-error.ts';

const recorded = join(import.meta.dirname, '..', '..', 'fixtures', 'data-v1');
const BYTES_MAX = 2 ** 30;

/** A data folder of a small controller that does not run. */
export function copyRecordedData(folder: string): string {
  const dataDir = join(folder, 'data');
  cpSync(recorded, dataDir, { recursive: true });
  return dataDir;
}

export interface BackupParts {
  readonly manifest: BackupManifest;
  /** All files but the manifest and its sum. */
  readonly files: ReadonlyMap<string, Buffer>;
}

export async function partsOf(
  dataDir: string,
  tokens: ReadonlyMap<string, string> = new Map(),
): Promise<BackupParts> {
  const stores = await openStores(dataDir, () => undefined);
  try {
    const { manifest, entries } = await captureBackup(stores, { version: 'test', now: 5, tokens });
    const files = new Map<string, Buffer>();
    for await (const { name, content } of entries) {
      const bytes = await collectBytes(content, BYTES_MAX);
      if (name !== MANIFEST_NAME && name !== MANIFEST_SUM_NAME) files.set(name, bytes);
    }
    return { manifest, files };
  } finally {
    await stores.close();
  }
}

export interface RawEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What the header says instead of the truth. */
  readonly claimedBytes?: number;
}

export async function tarOf(entries: readonly RawEntry[]): Promise<Buffer> {
  async function* all(): AsyncGenerator<BackupEntry> {
    for (const { name, bytes, claimedBytes = bytes.length } of entries) {
      yield { name, sizeBytes: claimedBytes, content: once(bytes) };
    }
  }
  return collectBytes(writeTar(all(), 5), BYTES_MAX);
}

/** With a sum that fits: only what the manifest says can be wrong. */
export function entriesOf({ manifest, files }: BackupParts): readonly RawEntry[] {
  const bytes = encodeManifest(manifest);
  return [
    { name: MANIFEST_NAME, bytes },
    { name: MANIFEST_SUM_NAME, bytes: manifestSum(bytes) },
    ...[...files].map(([name, content]) => ({ name, bytes: content })),
  ];
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Writes a backup as the command does. */
export async function writeBackupOf(
  parts: BackupParts,
  path: string,
  {
    asDirectory = false,
    recipients = [],
  }: { readonly asDirectory?: boolean; readonly recipients?: readonly string[] } = {},
): Promise<void> {
  async function* all(): AsyncGenerator<BackupEntry> {
    for (const { name, bytes } of entriesOf(parts)) {
      yield { name, sizeBytes: bytes.length, content: once(bytes) };
    }
  }
  const backup = await openVerified(all(), { where: 'test' });
  const encrypter = recipients.length === 0 ? {} : { encrypter: makeEncrypter(recipients) };
  await writeBackup(backup, { path, asDirectory, ...encrypter });
}

/** Everything in the backup; fails as a restore would. */
export async function readAll(
  path: string,
  options: OpenBackupOptions = {},
): Promise<ReadonlyMap<string, Buffer>> {
  const backup = await openBackup(path, options);
  const found = new Map([[MANIFEST_NAME, backup.manifestBytes]]);
  try {
    for await (const { name, sizeBytes, content } of backup.files) {
      found.set(name, await collectBytes(content, sizeBytes));
    }
  } finally {
    await backup.close();
  }
  return found;
}

/** The code of the error, or what was read. Any other error fails the test. */
export async function attempt(
  file: string,
  bytes: Uint8Array,
  options: OpenBackupOptions = {},
): Promise<string | ReadonlyMap<string, Buffer>> {
  await writeFile(file, bytes);
  try {
    return await readAll(file, options);
  } catch (error) {
    if (!isTarsierError(error)) throw error;
    if (!error.message.includes(file))
      throw new Error('it does not name the file', { cause: error });
    return error.code;
  }
}
