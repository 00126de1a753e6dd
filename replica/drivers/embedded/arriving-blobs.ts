/** Blobs that arrive in pieces: what came before a broken connection or a restart is not sent again. */

import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import type { BlobInfo, Digest } from '../../core/blobs.ts';
import { appendContent, hashContent } from './blob-content.ts';
import { digestMismatch } from './blob-faults.ts';
import { isFull } from './sqlite-faults.ts';

/** Nobody goes on with what lay still for so long. */
const staleMs = 24 * 3_600_000;
const sweepEveryMs = 3_600_000;

export interface ReceiveOptions {
  /** Where `content` begins: at most what was received; what is behind it is forgotten. */
  readonly offset?: number;
  readonly maxBytes?: number;
}

export class ArrivingBlobs {
  readonly #folder: string;
  readonly #busy = new Set<Digest>();
  #sweptAt = -Infinity;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Removes what nobody went on with, now and while it is used. */
  static async open(folder: string): Promise<ArrivingBlobs> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const arriving = new ArrivingBlobs(folder);
    await arriving.#sweep();
    return arriving;
  }

  /** How many bytes of it arrived. */
  async receivedBytes(digest: Digest): Promise<number> {
    return stat(this.#file(digest)).then(
      ({ size }) => size,
      () => 0,
    );
  }

  /**
   * Appends, and calls `moveIn` with the file once it is whole, verified and synced. Whatever breaks
   * off can be gone on with; content of another digest is removed.
   */
  async receive(
    digest: Digest,
    content: AsyncIterable<Uint8Array>,
    { offset = 0, maxBytes = Infinity }: ReceiveOptions,
    moveIn: (file: string) => Promise<void>,
  ): Promise<BlobInfo> {
    if (this.#busy.has(digest)) throw alreadyArriving(digest);
    this.#busy.add(digest);
    const file = this.#file(digest);
    try {
      if (performance.now() - this.#sweptAt > sweepEveryMs) await this.#sweep();
      const info = await appendTo(file, digest, content, { offset, maxBytes });
      if (info.digest !== digest) throw digestMismatch(digest, info.digest);
      await moveIn(file);
      return info;
    } catch (error) {
      if (isUseless(error)) await rm(file, { force: true });
      throw error;
    } finally {
      this.#busy.delete(digest);
    }
  }

  /** Gives up what arrived, unless more of it arrives right now. */
  async forget(digest: Digest): Promise<void> {
    if (!this.#busy.has(digest)) await rm(this.#file(digest), { force: true });
  }

  async #sweep(): Promise<void> {
    this.#sweptAt = performance.now();
    for (const name of await readdir(this.#folder)) {
      const file = join(this.#folder, name);
      const modified = await stat(file).catch(() => undefined);
      if (modified === undefined || Date.now() - modified.mtimeMs < staleMs) continue;
      if (!this.#busy.has(`sha256:${name}`)) await rm(file, { force: true });
    }
  }

  #file(digest: Digest): string {
    return join(this.#folder, digest.slice('sha256:'.length));
  }
}

async function appendTo(
  file: string,
  digest: Digest,
  content: AsyncIterable<Uint8Array>,
  { offset, maxBytes }: Required<ReceiveOptions>,
): Promise<BlobInfo> {
  const handle = await open(file, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    await cutTo(handle, digest, offset);
    const hash = createHash('sha256');
    if (offset > 0) await hashContent(createReadStream(file), hash);
    return await appendContent(handle, content, { hash, sizeBytes: offset, maxBytes });
  } finally {
    await handle.close();
  }
}

async function cutTo(handle: FileHandle, digest: Digest, offset: number): Promise<void> {
  const { size } = await handle.stat();
  if (offset > size) {
    throw new TarsierError(
      'BLOB_OFFSET',
      `A piece of ${digest} begins at byte ${offset}, but only ${size} bytes arrived before it.`,
      { details: { digest, receivedBytes: size } },
    );
  }
  if (offset < size) await handle.truncate(offset);
}

/** Going on with it cannot help, or it only takes up the space that is needed. */
function isUseless(error: unknown): boolean {
  if (isFull(error)) return true;
  if (!(error instanceof TarsierError)) return false;
  return error.code === 'BLOB_DIGEST_MISMATCH' || error.code === 'BLOB_TOO_LARGE';
}

function alreadyArriving(digest: Digest): TarsierError {
  return new TarsierError('BLOB_ARRIVING', `Blob ${digest} is arriving from somebody else.`, {
    details: { digest },
  });
}
