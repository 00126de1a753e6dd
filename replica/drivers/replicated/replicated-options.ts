/** What replicated blobs are made of, and how long they wait for whom. */

import type { EmbeddedBlobs } from '../embedded/embedded-blobs.ts';
import type { BlobPeer } from './blob-peer.ts';

export interface ReplicatedBlobsOptions {
  /** This member's own copy. Closed by nobody. */
  readonly local: EmbeddedBlobs;
  /** The other members, asked anew for each call. */
  readonly peers: () => readonly BlobPeer[];
  /** All members, this one included; a majority of them makes a `put` count. */
  readonly memberCount: () => number;
  readonly limits?: Partial<ReplicationLimits>;
  /** A member that could not be brought up to date for now; it is tried again. */
  readonly onPeerBehind?: (peer: string, error: unknown) => void;
}

export interface ReplicationLimits {
  /** Content on its way to one member that is held in memory. */
  readonly bufferBytes: number;
  /** How long a slow member may hold up a `put`, in all, that has a majority without it. */
  readonly slowMsMax: number;
  /** A `put` without a majority fails when nothing moves towards one for so long. */
  readonly majorityMsMax: number;
  /** For an answer that needs no reading of content. */
  readonly lookMsMax: number;
  /** Between two tries, growing from the first to the second. */
  readonly retryMs: { readonly first: number; readonly most: number };
  /** Between two tries to bring a member up to date that was left behind. */
  readonly catchUpMs: { readonly first: number; readonly most: number };
  /** Blobs that `repair` fetches at the same time. */
  readonly fetchesMax: number;
}

export const defaultReplicationLimits: ReplicationLimits = {
  bufferBytes: 8 * 1024 * 1024,
  slowMsMax: 2_000,
  majorityMsMax: 20_000,
  lookMsMax: 5_000,
  retryMs: { first: 100, most: 2_000 },
  catchUpMs: { first: 1_000, most: 60_000 },
  fetchesMax: 2,
};
