/** Believes nothing of a backup before its checksum was seen: manifest first, then each file. */

import { createHash } from 'node:crypto';
import { collectBytes, type BackupEntry } from './backup-entry.ts';
import { backupDamaged } from './backup-errors.ts';
import {
  decodeManifest,
  MANIFEST_BYTES_MAX,
  MANIFEST_NAME,
  MANIFEST_SUM_NAME,
  manifestSum,
  type BackupFile,
  type BackupManifest,
} from './manifest.ts';

export interface VerifiedBackup {
  readonly manifest: BackupManifest;
  /** As it was written. */
  readonly manifestBytes: Buffer;
  /**
   * All files of the manifest, in its order. The content of a damaged one fails at its end, and the
   * list fails at its own end when something is missing: only who has read all has a whole backup.
   */
  readonly files: AsyncIterable<BackupEntry>;
  /** Lets go of the source, read to its end or not. */
  close(): Promise<void>;
}

export interface VerifyOptions {
  /** What the backup is called in errors. */
  readonly where: string;
  /** Told of every piece that was read, so that progress can be shown. */
  readonly onBytes?: (sizeBytes: number) => void;
  /** Called for a file with a wrong checksum; throws the error that says more. */
  readonly explain?: (file: BackupFile) => void;
}

/** `BACKUP_DAMAGED`, `BACKUP_TOO_NEW`. */
export async function openVerified(
  source: AsyncIterable<BackupEntry>,
  options: VerifyOptions,
): Promise<VerifiedBackup> {
  const entries = source[Symbol.asyncIterator]();
  const close = async (): Promise<void> => void (await entries.return?.(undefined));
  try {
    const { where } = options;
    const manifestBytes = await takeSmall(entries, MANIFEST_NAME, where);
    const sum = await takeSmall(entries, MANIFEST_SUM_NAME, where);
    if (!manifestSum(manifestBytes).equals(sum)) {
      // A manifest of a later format may be summed up in another way: that is said first.
      decodeManifest(manifestBytes, where);
      throw backupDamaged(where, `${MANIFEST_NAME} does not match ${MANIFEST_SUM_NAME}`);
    }
    const manifest = decodeManifest(manifestBytes, where);
    return { manifest, manifestBytes, files: verifyFiles(entries, manifest, options), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function takeSmall(
  entries: AsyncIterator<BackupEntry>,
  name: string,
  where: string,
): Promise<Buffer> {
  const { done, value } = await entries.next();
  if (done === true || value.name !== name) {
    throw backupDamaged(where, `it is not a backup of Tarsier: ${name} is not where it belongs`);
  }
  if (value.sizeBytes > MANIFEST_BYTES_MAX) {
    throw backupDamaged(where, `${name} has more than ${MANIFEST_BYTES_MAX} bytes`);
  }
  return collectBytes(value.content, MANIFEST_BYTES_MAX);
}

async function* verifyFiles(
  entries: AsyncIterator<BackupEntry>,
  { files }: BackupManifest,
  options: VerifyOptions,
): AsyncGenerator<BackupEntry> {
  const { where } = options;
  for (const file of files) {
    const { done, value: entry } = await entries.next();
    if (done === true) throw backupDamaged(where, `${file.name} is missing`);
    if (entry.name !== file.name || entry.sizeBytes !== file.sizeBytes) {
      throw backupDamaged(
        where,
        `${JSON.stringify(entry.name.slice(0, 100))} with ${entry.sizeBytes} bytes is where ${file.name} with ${file.sizeBytes} belongs`,
      );
    }
    const passage = { complete: false };
    yield { ...file, content: verifyContent(entry.content, file, { ...options, passage }) };
    if (!passage.complete) throw backupDamaged(where, `${file.name} was not read to its end`);
  }
  const { done } = await entries.next();
  if (done !== true) throw backupDamaged(where, 'it has more files than it says');
}

async function* verifyContent(
  content: AsyncIterable<Uint8Array>,
  file: BackupFile,
  { where, onBytes, explain, passage }: VerifyOptions & { readonly passage: { complete: boolean } },
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of content) {
    hash.update(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > file.sizeBytes) break;
    onBytes?.(chunk.length);
    yield chunk;
  }
  if (sizeBytes !== file.sizeBytes || hash.digest('hex') !== file.sha256) {
    explain?.(file);
    throw backupDamaged(where, `${file.name} does not match its checksum`);
  }
  passage.complete = true;
}
