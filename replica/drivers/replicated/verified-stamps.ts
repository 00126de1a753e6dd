/** Remembers which files were read and matched, so that a file nobody wrote to is not read twice. */

import type { Digest } from '../../core/blobs.ts';
import type { EmbeddedBlobs } from '../embedded/embedded-blobs.ts';

const stampsMax = 10_000;

export class VerifiedStamps {
  readonly #local: EmbeddedBlobs;
  readonly #stamps = new Map<Digest, string>();

  constructor(local: EmbeddedBlobs) {
    this.#local = local;
  }

  /** Reads the blob unless it did before. `BLOB_MISSING`, `BLOB_DAMAGED`. */
  async check(digest: Digest): Promise<void> {
    const stamp = await this.#local.stamp(digest);
    if (stamp !== undefined && this.#stamps.get(digest) === stamp) return;
    await this.#local.verify(digest);
    if (stamp !== undefined) this.#remember(digest, stamp);
  }

  /** It was read and matched just now, while it was written. */
  async note(digest: Digest): Promise<void> {
    const stamp = await this.#local.stamp(digest);
    if (stamp !== undefined) this.#remember(digest, stamp);
  }

  #remember(digest: Digest, stamp: string): void {
    const [oldest] = this.#stamps.keys();
    if (this.#stamps.size >= stampsMax && oldest !== undefined) this.#stamps.delete(oldest);
    this.#stamps.set(digest, stamp);
  }

  forget(digest: Digest): void {
    this.#stamps.delete(digest);
  }
}
