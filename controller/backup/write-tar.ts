/** The files of a backup as one tar stream. */

import { Header } from 'tar';
import type { BackupEntry } from './backup-entry.ts';

export const BLOCK_BYTES = 512;

export async function* writeTar(
  entries: AsyncIterable<BackupEntry>,
  writtenAt: number,
): AsyncGenerator<Uint8Array> {
  for await (const { name, sizeBytes, content } of entries) {
    yield headerOf(name, sizeBytes, writtenAt);
    yield* content;
    const padding = paddingAfter(sizeBytes);
    if (padding > 0) yield Buffer.alloc(padding);
  }
  yield Buffer.alloc(2 * BLOCK_BYTES);
}

export function paddingAfter(sizeBytes: number): number {
  return (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
}

function headerOf(path: string, size: number, writtenAt: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  const mtime = new Date(writtenAt);
  new Header({ path, size, mtime, mode: 0o600, uid: 0, gid: 0, type: 'File' }).encode(block);
  return block;
}
