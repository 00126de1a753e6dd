/** Writes content to a file and reads it back, hashing on the way. */

import { createHash, type Hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import type { BlobInfo, Digest } from '../../core/blobs.ts';
import { tooLarge } from './blob-faults.ts';

/**
 * Written content is synced this often, while more of it arrives. One sync of everything at the end
 * would hold up every other sync of the same disk, and those of the log first.
 */
const syncEveryBytes = 4 * 1024 * 1024;
/** Small chunks are written together. */
const writeBytes = 512 * 1024;

/** Writes and syncs a new file. */
export async function writeNewFile(
  file: string,
  content: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<BlobInfo> {
  const handle = await open(file, 'wx', 0o600);
  try {
    return await appendContent(handle, content, {
      hash: createHash('sha256'),
      sizeBytes: 0,
      maxBytes,
    });
  } finally {
    await handle.close();
  }
}

/** Writes behind the `sizeBytes` that are in the file and in `hash` already, and syncs. */
export async function appendContent(
  handle: FileHandle,
  content: AsyncIterable<Uint8Array>,
  begun: { readonly hash: Hash; readonly sizeBytes: number; readonly maxBytes: number },
): Promise<BlobInfo> {
  const { hash, maxBytes } = begun;
  let { sizeBytes } = begun;
  let writtenBytes = sizeBytes;
  let syncedBytes = sizeBytes;
  let gathered: Uint8Array[] = [];
  const write = async (): Promise<void> => {
    const chunks = gathered;
    gathered = [];
    await writeWhole(handle, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks), writtenBytes);
    writtenBytes = sizeBytes;
  };
  try {
    for await (const chunk of content) {
      if (sizeBytes + chunk.length > maxBytes) throw tooLarge(maxBytes);
      hash.update(chunk);
      gathered.push(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes - writtenBytes >= writeBytes) await write();
      if (writtenBytes - syncedBytes < syncEveryBytes) continue;
      await handle.datasync();
      syncedBytes = writtenBytes;
    }
  } finally {
    // Also of content that broke off: it is gone on with.
    if (gathered.length > 0) await write();
  }
  await handle.sync();
  return { digest: digestOf(hash), sizeBytes };
}

/** A write may take only a part, as it does when the disk is about to be full. */
async function writeWhole(
  handle: FileHandle,
  chunk: Uint8Array = new Uint8Array(0),
  position: number,
): Promise<void> {
  for (let start = 0; start < chunk.length;) {
    const length = chunk.length - start;
    start += (await handle.write(chunk, start, length, position + start)).bytesWritten;
  }
}

/** Adds all of the content to `hash`. */
export async function hashContent(
  content: AsyncIterable<Uint8Array>,
  hash = createHash('sha256'),
): Promise<BlobInfo> {
  let sizeBytes = 0;
  for await (const chunk of content) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  // A copy: the caller may go on with this one.
  return { digest: digestOf(hash.copy()), sizeBytes };
}

/** The content, whose last chunk comes only after all of it matched the digest; fails with `damaged`. */
export async function* verifiedContent(
  content: AsyncIterable<Uint8Array>,
  digest: Digest,
  damaged: () => Error,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let held: Uint8Array | undefined;
  for await (const chunk of content) {
    if (held !== undefined) yield held;
    hash.update(chunk);
    held = chunk;
  }
  if (digestOf(hash) !== digest) throw damaged();
  if (held !== undefined) yield held;
}

function digestOf(hash: Hash): Digest {
  return `sha256:${hash.digest('hex')}`;
}
