/** Blobs as files named by their SHA-256, in folders of 256. */

import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import type { BlobInfo, Blobs, Digest } from '../../core/blobs.ts';
import { isFull, storageFull } from './sqlite-faults.ts';
import { syncDirectory } from './sync-directory.ts';

export interface EmbeddedBlobsOptions {
  /** Made if it is not there. One process at a time may open it. */
  readonly directory: string;
}

/** Blobs on this machine's disk; besides the port, it takes in files that are already there. */
export interface EmbeddedBlobs extends Blobs {
  /**
   * Moves a finished file of the same file system in, after hashing and syncing it. The file stays
   * where it is on `BLOB_DIGEST_MISMATCH`. This is how an upload ends that took several requests.
   */
  adopt(file: string, digest: Digest): Promise<BlobInfo>;
  /** Reads the whole blob: `BLOB_DAMAGED` if it no longer matches its digest. */
  verify(digest: Digest): Promise<BlobInfo>;
}

const digestPattern = /^sha256:[0-9a-f]{64}$/;

/** Opens the store and removes what an interrupted `put` left. */
export async function openEmbeddedBlobs({
  directory,
}: EmbeddedBlobsOptions): Promise<EmbeddedBlobs> {
  const incoming = join(directory, 'incoming');
  await rm(incoming, { recursive: true, force: true });
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  await mkdir(join(directory, 'sha256'), { recursive: true, mode: 0o700 });
  await syncDirectory(directory);
  return new FileBlobs(directory);
}

class FileBlobs implements EmbeddedBlobs {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async put(
    content: AsyncIterable<Uint8Array>,
    {
      expected,
      maxBytes = Infinity,
    }: { readonly expected?: Digest; readonly maxBytes?: number } = {},
  ): Promise<BlobInfo> {
    const file = join(this.#directory, 'incoming', randomUUID());
    try {
      const info = await writeFile(file, content, maxBytes);
      if (expected !== undefined && expected !== info.digest) throw mismatch(expected, info.digest);
      await this.#moveIn(file, info.digest);
      return info;
    } catch (error) {
      await rm(file, { force: true });
      throw isFull(error) ? storageFull(error, this.#directory, 'store a blob in') : error;
    }
  }

  async adopt(file: string, digest: Digest): Promise<BlobInfo> {
    const handle = await open(file, 'r');
    try {
      const info = await hashContent(handle.createReadStream({ autoClose: false }));
      if (info.digest !== digest) throw mismatch(digest, info.digest);
      await handle.chmod(0o600);
      await handle.sync();
      await this.#moveIn(file, digest);
      return info;
    } catch (error) {
      throw isFull(error) ? storageFull(error, this.#directory, 'store a blob in') : error;
    } finally {
      await handle.close();
    }
  }

  async get(
    digest: Digest,
    { start = 0, end }: { readonly start?: number; readonly end?: number } = {},
  ): Promise<AsyncIterable<Uint8Array>> {
    const info = await this.#mustHave(digest);
    const file = this.#file(digest);
    const last = Math.min(end ?? info.sizeBytes, info.sizeBytes);
    if (start === 0 && last === info.sizeBytes) return verified(file, digest);
    return start >= last ? nothing() : createReadStream(file, { start, end: last - 1 });
  }

  async verify(digest: Digest): Promise<BlobInfo> {
    await this.#mustHave(digest);
    const info = await hashContent(createReadStream(this.#file(digest)));
    if (info.digest !== digest) throw damaged(this.#file(digest), digest);
    return info;
  }

  async has(digest: Digest): Promise<BlobInfo | undefined> {
    try {
      const { size } = await stat(this.#file(digest));
      return { digest, sizeBytes: size };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async delete(digest: Digest): Promise<void> {
    const file = this.#file(digest);
    await rm(file, { force: true });
    if (await exists(dirname(file))) await syncDirectory(dirname(file));
  }

  async list(): Promise<readonly BlobInfo[]> {
    const blobs: BlobInfo[] = [];
    const root = join(this.#directory, 'sha256');
    for (const shard of (await readdir(root)).toSorted()) {
      for (const name of (await readdir(join(root, shard))).toSorted()) {
        const digest: Digest = `sha256:${shard}${name}`;
        const info = digestPattern.test(digest) ? await this.has(digest) : undefined;
        if (info !== undefined) blobs.push(info);
      }
    }
    return blobs;
  }

  #file(digest: Digest): string {
    if (!digestPattern.test(digest)) {
      throw new TarsierError(
        'USAGE',
        `${JSON.stringify(digest)} is not a digest: sha256: and 64 hexadecimal digits.`,
      );
    }
    const hex = digest.slice('sha256:'.length);
    return join(this.#directory, 'sha256', hex.slice(0, 2), hex.slice(2));
  }

  async #mustHave(digest: Digest): Promise<BlobInfo> {
    const info = await this.has(digest);
    if (info !== undefined) return info;
    throw new TarsierError('BLOB_MISSING', `Blob ${digest} is not in ${this.#directory}.`, {
      details: { digest },
    });
  }

  /** Replaces a blob of the same digest: the new file was just verified, the old one may be damaged. */
  async #moveIn(file: string, digest: Digest): Promise<void> {
    const target = this.#file(digest);
    const shard = dirname(target);
    if ((await mkdir(shard, { recursive: true, mode: 0o700 })) !== undefined) {
      await syncDirectory(dirname(shard));
    }
    await rename(file, target);
    await syncDirectory(shard);
  }
}

/** Writes and syncs a new file, hashing on the way. */
async function writeFile(
  file: string,
  content: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<BlobInfo> {
  const handle = await open(file, 'wx', 0o600);
  try {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for await (const chunk of content) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw tooLarge(maxBytes);
      hash.update(chunk);
      await writeWhole(handle, chunk);
    }
    await handle.sync();
    return { digest: `sha256:${hash.digest('hex')}`, sizeBytes };
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

async function hashContent(content: AsyncIterable<Uint8Array>): Promise<BlobInfo> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of content) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  return { digest: `sha256:${hash.digest('hex')}`, sizeBytes };
}

/** The content, whose last chunk comes only after all of it matched the digest. */
async function* verified(file: string, digest: Digest): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let held: Uint8Array | undefined;
  for await (const chunk of createReadStream(file) as AsyncIterable<Uint8Array>) {
    if (held !== undefined) yield held;
    hash.update(chunk);
    held = chunk;
  }
  if (`sha256:${hash.digest('hex')}` !== digest) throw damaged(file, digest);
  if (held !== undefined) yield held;
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function mismatch(expected: Digest, found: Digest): TarsierError {
  return new TarsierError(
    'BLOB_DIGEST_MISMATCH',
    `The content has digest ${found}, announced was ${expected}. Nothing was stored; send it again.`,
    { details: { expected, found } },
  );
}

function tooLarge(maxBytes: number): TarsierError {
  return new TarsierError(
    'BLOB_TOO_LARGE',
    `The content has more than ${maxBytes} bytes, the limit of this store. Nothing was stored.`,
    { details: { maxBytes } },
  );
}

function damaged(file: string, digest: Digest): TarsierError {
  return new TarsierError(
    'BLOB_DAMAGED',
    `The file ${file} no longer matches its digest ${digest}. Delete the blob and push it again, or restore it.`,
    { details: { file, digest } },
  );
}
