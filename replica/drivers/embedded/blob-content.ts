/** Writes content to a file and reads it back, hashing on the way. */

import { createHash, type Hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import type { BlobInfo, Digest } from '../../core/blobs.ts';
import { tooLarge } from './blob-faults.ts';
import { SyncingWriter } from './syncing-writer.ts';

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
  const writer = new SyncingWriter(handle, sizeBytes);
  try {
    for await (const chunk of content) {
      if (sizeBytes + chunk.length > maxBytes) throw tooLarge(maxBytes);
      hash.update(chunk);
      sizeBytes += chunk.length;
      await writer.add(chunk);
    }
  } finally {
    // Also of content that broke off: it is gone on with.
    await writer.flush();
  }
  await handle.sync();
  return { digest: digestOf(hash), sizeBytes };
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
