/** Reads the tar stream of a backup: plain files only, one after the other, and not a byte too many. */

import { Header } from 'tar';
import type { BackupEntry } from './backup-entry.ts';
import { backupDamaged } from './backup-errors.ts';
import { ByteReader } from './byte-reader.ts';
import { BLOCK_BYTES, paddingAfter } from './write-tar.ts';

/** `BACKUP_DAMAGED` names `where`. The content of an entry must be read before the next is asked for. */
export async function* readTar(
  chunks: AsyncIterable<Uint8Array>,
  where: string,
): AsyncGenerator<BackupEntry> {
  const reader = new ByteReader(chunks);
  let last = 'its beginning';
  const need = (bytes: Buffer | undefined): Buffer => {
    if (bytes !== undefined) return bytes;
    throw backupDamaged(where, `it ends early, after ${last}`);
  };
  try {
    for (;;) {
      const block = need(await reader.take(BLOCK_BYTES));
      if (isZero(block)) break;
      const { name, sizeBytes } = parseHeader(block, where);
      last = name;
      yield { name, sizeBytes, content: contentOf(reader, { name, sizeBytes }, where) };
      const padding = paddingAfter(sizeBytes);
      if (padding > 0 && !isZero(need(await reader.take(padding)))) {
        throw backupDamaged(where, `the bytes after ${name} are damaged`);
      }
    }
    const end = need(await reader.take(BLOCK_BYTES));
    if (!isZero(end) || !(await reader.isAtEnd())) {
      throw backupDamaged(where, 'something follows its end');
    }
  } finally {
    await reader.close();
  }
}

function parseHeader(block: Buffer, where: string): { name: string; sizeBytes: number } {
  let header: Header | undefined;
  try {
    header = new Header(block);
  } catch {
    header = undefined;
  }
  const { path, size } = header ?? {};
  const isFile = header?.cksumValid === true && header.type === 'File';
  if (!isFile || path === undefined || size === undefined || !Number.isSafeInteger(size)) {
    throw backupDamaged(where, 'it is not a tar of plain files, or a header in it is damaged');
  }
  if (size < 0) throw backupDamaged(where, 'a file in it has less than no bytes');
  return { name: path, sizeBytes: size };
}

async function* contentOf(
  reader: ByteReader,
  { name, sizeBytes }: { readonly name: string; readonly sizeBytes: number },
  where: string,
): AsyncGenerator<Uint8Array> {
  let left = sizeBytes;
  while (left > 0) {
    const chunk = await reader.takeSome(left);
    if (chunk === undefined) throw backupDamaged(where, `it ends in the middle of ${name}`);
    left -= chunk.length;
    yield chunk;
  }
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
