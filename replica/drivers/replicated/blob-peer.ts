/** Another member that holds blobs, as the replicated blobs see it. */

import type { Digest } from '../../core/blobs.ts';

export interface PeerBlob {
  readonly isWhole: boolean;
  /** How much of it is there: of an unfinished one, what a `put` goes on behind. */
  readonly sizeBytes: number;
}

/** Every failure is a coded error; `signal` ends a call early, with its reason. */
export interface BlobPeer {
  /** The member's name, for messages. */
  readonly name: string;
  /** What the member has; with `verify`, whole means that all of it was read and matched. */
  look(
    digest: Digest,
    options: { readonly verify?: boolean; readonly signal: AbortSignal },
  ): Promise<PeerBlob>;
  /** From byte `start` to the end. `BLOB_MISSING` when the member has none. */
  get(digest: Digest, start: number, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /**
   * Sends what comes behind the first `offset` bytes; resolves when all of the blob is verified and
   * synced there. `BLOB_DIGEST_MISMATCH` when it is not the content of that digest.
   */
  put(
    digest: Digest,
    offset: number,
    content: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void>;
}
