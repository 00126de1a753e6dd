/** Brings one member to hold one blob, over as many tries as there is patience for. */

import { setTimeout as wait } from 'node:timers/promises';
import { isTarsierError } from '../../../errors/tarsier-error.ts';
import type { Digest } from '../../core/blobs.ts';
import type { BlobPeer } from './blob-peer.ts';
import type { ReplicationLimits } from './replicated-options.ts';

/** Reads the content again, from byte `start`. */
export type ReadFrom = (start: number) => Promise<AsyncIterable<Uint8Array>>;

export interface SendOptions {
  readonly digest: Digest;
  readonly readFrom: ReadFrom;
  readonly limits: ReplicationLimits;
  readonly signal: AbortSignal;
}

/** What is there already is verified; otherwise sends what is missing. Fails as the first try fails. */
export async function sendOnce(peer: BlobPeer, options: SendOptions & Moved): Promise<void> {
  const { digest, readFrom, limits, signal, onMoved } = options;
  const lookSignal = AbortSignal.any([signal, AbortSignal.timeout(limits.lookMsMax)]);
  const there = await peer.look(digest, { signal: lookSignal });
  if (there.isWhole && (await peer.look(digest, { verify: true, signal })).isWhole) return;
  const offset = there.isWhole ? 0 : there.sizeBytes;
  try {
    await peer.put(digest, offset, counted(await readFrom(offset), onMoved), signal);
  } catch (error) {
    if (!isMismatch(error) || offset === 0) throw error;
    // What it had before was wrong, and is gone by now.
    await peer.put(digest, 0, counted(await readFrom(0), onMoved), signal);
  }
}

interface Moved {
  readonly onMoved: () => void;
}

export interface RetryOptions extends SendOptions {
  /** A try that runs goes on; after it failed, there is no other. */
  readonly noMoreTries: AbortSignal;
}

/** Tries until it works, nothing has moved for `majorityMsMax`, or trying again cannot help. */
export async function sendWithRetries(peer: BlobPeer, options: RetryOptions): Promise<void> {
  const { limits } = options;
  const ended = AbortSignal.any([options.signal, options.noMoreTries]);
  let movedAt = performance.now();
  let retryMs = limits.retryMs.first;
  for (;;) {
    try {
      return await sendOnce(peer, {
        ...options,
        onMoved: () => {
          movedAt = performance.now();
          retryMs = limits.retryMs.first;
        },
      });
    } catch (error) {
      const isHopeless = isTarsierError(error) && error.consequence !== 'transient';
      const leftMs = movedAt + limits.majorityMsMax - performance.now();
      if (isHopeless || ended.aborted || leftMs <= 0) throw error;
      await wait(Math.min(retryMs, leftMs), undefined, { signal: ended });
      retryMs = Math.min(2 * retryMs, limits.retryMs.most);
    }
  }
}

async function* counted(
  content: AsyncIterable<Uint8Array>,
  onMoved: () => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    yield chunk;
    // Asked for the next: the one before was taken.
    onMoved();
  }
}

function isMismatch(error: unknown): boolean {
  return isTarsierError(error) && error.code === 'BLOB_DIGEST_MISMATCH';
}
