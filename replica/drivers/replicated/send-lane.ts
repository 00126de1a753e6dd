/** Sends content to one member while it is still being read from its source. */

import type { Digest } from '../../core/blobs.ts';
import type { BlobPeer } from './blob-peer.ts';
import type { Lane } from './lane.ts';
import type { ReplicationLimits } from './replicated-options.ts';

export interface SendLaneOptions {
  readonly digest: Digest;
  readonly limits: ReplicationLimits;
  readonly signal: AbortSignal;
  /** The member has it already, and nothing is sent. */
  readonly onServed: () => void;
}

/**
 * True when the member holds the blob, verified and synced. False when that failed: the caller goes
 * on from a copy, which tells why. Never rejects, and leaves the lane whatever happens.
 */
export async function sendLane(
  peer: BlobPeer,
  lane: Lane,
  { digest, limits, signal, onServed }: SendLaneOptions,
): Promise<boolean> {
  try {
    const lookSignal = AbortSignal.any([signal, AbortSignal.timeout(limits.lookMsMax)]);
    const there = await peer.look(digest, { signal: lookSignal });
    if (there.isWhole) {
      lane.leave();
      if (!(await peer.look(digest, { verify: true, signal })).isWhole) return false;
      onServed();
      return true;
    }
    await peer.put(digest, there.sizeBytes, skip(lane, there.sizeBytes), signal);
    return true;
  } catch {
    return false;
  } finally {
    lane.leave();
  }
}

async function* skip(
  content: AsyncIterable<Uint8Array>,
  sizeBytes: number,
): AsyncGenerator<Uint8Array> {
  let left = sizeBytes;
  for await (const chunk of content) {
    const rest = left > 0 ? chunk.subarray(left) : chunk;
    left = Math.max(0, left - chunk.length);
    if (rest.length > 0) yield rest;
  }
}
