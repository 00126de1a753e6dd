/** Immutable content, addressed by its SHA-256: packages and snapshots. */

/** `sha256:` and 64 lower-case hexadecimal digits. */
export type Digest = `sha256:${string}`;

export interface BlobInfo {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export interface Blobs {
  /**
   * Stores the stream and returns its digest after fsync. With `expected`, content of another
   * digest is refused with `BLOB_DIGEST_MISMATCH` and leaves nothing behind.
   */
  put(
    content: AsyncIterable<Uint8Array>,
    options?: { readonly expected?: Digest; readonly maxBytes?: number },
  ): Promise<BlobInfo>;
  /** The content from byte `start` (0 by default) to `end` (exclusive). `BLOB_MISSING` if absent. */
  get(
    digest: Digest,
    range?: { readonly start?: number; readonly end?: number },
  ): Promise<AsyncIterable<Uint8Array>>;
  has(digest: Digest): Promise<BlobInfo | undefined>;
  delete(digest: Digest): Promise<void>;
  list(): Promise<readonly BlobInfo[]>;
}
