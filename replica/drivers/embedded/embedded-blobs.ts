/** Blobs as files named by their SHA-256, in folders of 256. */

import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import type { BlobInfo, Blobs, Digest } from '../../core/blobs.ts';
import { ArrivingBlobs, type ReceiveOptions } from './arriving-blobs.ts';
import { hashContent, verifiedContent, writeNewFile } from './blob-content.ts';
import { damagedBlob, digestMismatch, missingBlob } from './blob-faults.ts';
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
  /**
   * Takes in content that may come in several pieces: what was received stays when a piece breaks
   * off, survives a restart, and is no blob before all of it is there, verified and synced.
   * `BLOB_ARRIVING` while another piece of it arrives, `BLOB_OFFSET` for a piece behind a gap.
   */
  receive(
    digest: Digest,
    content: AsyncIterable<Uint8Array>,
    options?: ReceiveOptions,
  ): Promise<BlobInfo>;
  /** How many bytes of a blob that is not whole were received. */
  receivedBytes(digest: Digest): Promise<number>;
  /** Changes whenever somebody writes to the file: what was verified once need not be again. */
  stamp(digest: Digest): Promise<string | undefined>;
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
  const arriving = await ArrivingBlobs.open(join(directory, 'arriving'));
  await syncDirectory(directory);
  return new FileBlobs(directory, arriving);
}

class FileBlobs implements EmbeddedBlobs {
  readonly #directory: string;
  readonly #arriving: ArrivingBlobs;

  constructor(directory: string, arriving: ArrivingBlobs) {
    this.#directory = directory;
    this.#arriving = arriving;
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
      const info = await writeNewFile(file, content, maxBytes);
      if (expected !== undefined && expected !== info.digest)
        throw digestMismatch(expected, info.digest);
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
      if (info.digest !== digest) throw digestMismatch(digest, info.digest);
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
    if (start === 0 && last === info.sizeBytes) {
      return verifiedContent(createReadStream(file), digest, () => damagedBlob(file, digest));
    }
    return start >= last ? nothing() : createReadStream(file, { start, end: last - 1 });
  }

  async verify(digest: Digest): Promise<BlobInfo> {
    await this.#mustHave(digest);
    const info = await hashContent(createReadStream(this.#file(digest)));
    if (info.digest !== digest) throw damagedBlob(this.#file(digest), digest);
    return info;
  }

  async receive(
    digest: Digest,
    content: AsyncIterable<Uint8Array>,
    options: ReceiveOptions = {},
  ): Promise<BlobInfo> {
    this.#file(digest);
    try {
      return await this.#arriving.receive(digest, content, options, (file) =>
        this.#moveIn(file, digest),
      );
    } catch (error) {
      throw isFull(error) ? storageFull(error, this.#directory, 'store a blob in') : error;
    }
  }

  async receivedBytes(digest: Digest): Promise<number> {
    this.#file(digest);
    return this.#arriving.receivedBytes(digest);
  }

  async stamp(digest: Digest): Promise<string | undefined> {
    try {
      const { ino, size, ctimeNs } = await stat(this.#file(digest), { bigint: true });
      return `${ino} ${size} ${ctimeNs}`;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
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
    await this.#arriving.forget(digest);
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
    throw missingBlob(digest, this.#directory);
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
    await this.#arriving.forget(digest);
  }
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
