/** The bytes of packages: admitted once they are known to unpack, and collected when nothing needs them. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { isTarsierError, TarsierError } from '../../errors/tarsier-error.ts';
import type { ArchiveLimits } from '../../link/packages/archive-limits.ts';
import {
  discardingSink,
  readArchive,
  type ArchiveSummary,
} from '../../link/packages/read-archive.ts';
import type { BlobInfo, Blobs, Digest } from '../../replica/core/blobs.ts';
import { diskFull, isDiskFull } from '../../link/packages/disk-space.ts';

/** Blobs on this machine can take a file over instead of copying it. */
export interface PackageBlobs extends Blobs {
  adopt?(file: string, digest: Digest): Promise<BlobInfo>;
}

export interface PackageContentsOptions {
  /** Holds packages and nothing else: what no version refers to is deleted from it. */
  readonly blobs: PackageBlobs;
  readonly archiveLimits: ArchiveLimits;
  readonly now: () => number;
}

export class PackageContents {
  readonly blobs: PackageBlobs;
  readonly #options: PackageContentsOptions;
  /** Being stored or recorded right now, with the number of those who do. */
  readonly #pinned = new Map<Digest, number>();
  readonly #unreferencedSince = new Map<Digest, number>();
  #sweeping: Promise<unknown> = Promise.resolve();

  constructor(options: PackageContentsOptions) {
    this.#options = options;
    this.blobs = options.blobs;
  }

  /**
   * Checks that the file unpacks within the limits and has this digest, stores it, and calls
   * `record` while the content cannot be collected. The file may be gone afterwards.
   */
  async admit<T>(
    file: string,
    digest: Digest,
    record: (summary: ArchiveSummary) => Promise<T>,
  ): Promise<T> {
    const summary = await this.#inspect(file, digest);
    this.#pin(digest);
    try {
      // A sweep that began before the pin may be deleting these very bytes.
      await this.#sweeping;
      await this.#store(file, digest);
      return await record(summary);
    } finally {
      this.#unpin(digest);
    }
  }

  /** Deletes content that has been unreferenced for `graceMs` of this process's life. */
  async sweep(referenced: () => ReadonlySet<Digest>, graceMs: number): Promise<readonly Digest[]> {
    await this.#sweeping;
    const swept = this.#sweep(referenced, graceMs);
    this.#sweeping = Promise.allSettled([swept]);
    return swept;
  }

  async #sweep(referenced: () => ReadonlySet<Digest>, graceMs: number): Promise<readonly Digest[]> {
    const deleted: Digest[] = [];
    const stored = await this.blobs.list();
    const now = this.#options.now();
    for (const { digest } of stored) {
      if (referenced().has(digest) || this.#pinned.has(digest)) {
        this.#unreferencedSince.delete(digest);
        continue;
      }
      const since = this.#unreferencedSince.get(digest) ?? now;
      this.#unreferencedSince.set(digest, since);
      if (now - since < graceMs) continue;
      await this.blobs.delete(digest);
      this.#unreferencedSince.delete(digest);
      deleted.push(digest);
    }
    return deleted;
  }

  async #inspect(file: string, digest: Digest): Promise<ArchiveSummary> {
    try {
      const limits = this.#options.archiveLimits;
      return await readArchive(createReadStream(file), discardingSink, { limits });
    } catch (error) {
      // Bytes that were damaged on the way look like a broken archive: name the cause, not the effect.
      const actual = await digestOfFile(file);
      throw actual === digest ? error : digestMismatch(digest, actual, error);
    }
  }

  async #store(file: string, digest: Digest): Promise<void> {
    try {
      if (this.blobs.adopt !== undefined) await this.blobs.adopt(file, digest);
      else await this.blobs.put(createReadStream(file), { expected: digest });
    } catch (error) {
      if (isDiskFull(error)) throw diskFull(file, error);
      if (isTarsierError(error) && error.code === 'BLOB_DIGEST_MISMATCH') {
        throw digestMismatch(digest, await digestOfFile(file), error);
      }
      throw error;
    }
  }

  #pin(digest: Digest): void {
    this.#pinned.set(digest, (this.#pinned.get(digest) ?? 0) + 1);
  }

  #unpin(digest: Digest): void {
    const left = (this.#pinned.get(digest) ?? 1) - 1;
    if (left === 0) this.#pinned.delete(digest);
    else this.#pinned.set(digest, left);
  }
}

async function digestOfFile(file: string): Promise<Digest> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return `sha256:${hash.digest('hex')}`;
}

function digestMismatch(expected: Digest, actual: Digest, cause: unknown): TarsierError {
  return new TarsierError(
    'PACKAGE_DIGEST_MISMATCH',
    `The package was announced as ${expected}, and what arrived is ${actual}.`,
    { details: { expected, actual }, cause },
  );
}
