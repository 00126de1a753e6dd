/** Fetches a blob from the members that have it; a transfer that broke off goes on where it stopped. */

import { setTimeout as wait } from 'node:timers/promises';
import { isTarsierError, TarsierError } from '../../../errors/tarsier-error.ts';
import type { BlobInfo, Digest } from '../../core/blobs.ts';
import type { EmbeddedBlobs } from '../embedded/embedded-blobs.ts';
import { missingBlob } from '../embedded/blob-faults.ts';
import type { BlobPeer } from './blob-peer.ts';
import { reasonOf } from './majority.ts';
import type { ReplicationLimits } from './replicated-options.ts';

export interface FetchOptions {
  readonly local: EmbeddedBlobs;
  readonly peers: readonly BlobPeer[];
  readonly limits: ReplicationLimits;
  readonly signal: AbortSignal;
}

/** A broken transfer goes on with the same member as long as it brings something, but not for ever. */
const triesMax = 20;
const fruitlessMax = 3;

/** Like `fetchBlob`; while somebody else sends the blob to this member, waits for that. */
export async function fetchOrAwait(digest: Digest, options: FetchOptions): Promise<void> {
  const { local, limits, signal } = options;
  let receivedBytes = -1;
  for (;;) {
    const stampBefore = await local.stamp(digest);
    try {
      await fetchBlob(digest, options);
      return;
    } catch (error) {
      const now = await local.receivedBytes(digest);
      if (!isArriving(error)) throw error;
      await wait(limits.retryMs.most, undefined, { signal });
      if ((await local.stamp(digest)) !== stampBefore) return;
      if (now === receivedBytes) throw error;
      receivedBytes = now;
    }
  }
}

/**
 * Resolves when the blob is here, verified and synced. `BLOB_MISSING` when every member says that it
 * has none; `BLOB_UNREACHABLE` when one could not be asked, or none that has it could give it whole.
 */
async function fetchBlob(digest: Digest, options: FetchOptions): Promise<BlobInfo> {
  const failures = new Map<string, unknown>();
  for (const peer of options.peers) {
    try {
      const info = await fetchFrom(peer, digest, options);
      if (info !== undefined) return info;
    } catch (error) {
      if (isOwnFault(error)) throw error;
      failures.set(peer.name, error);
    }
    options.signal.throwIfAborted();
  }
  if (failures.size === 0) throw missingBlob(digest, 'any member');
  throw unreachable(digest, failures);
}

/** `undefined` when the member has it not. */
async function fetchFrom(
  peer: BlobPeer,
  digest: Digest,
  options: FetchOptions,
): Promise<BlobInfo | undefined> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.limits.lookMsMax)]);
  if (!(await peer.look(digest, { signal })).isWhole) return undefined;
  let fruitless = 0;
  for (let tries = 1; ; tries += 1) {
    const offset = await options.local.receivedBytes(digest);
    try {
      const content = await peer.get(digest, offset, options.signal);
      return await options.local.receive(digest, content, { offset });
    } catch (error) {
      if (isOwnFault(error) || tries === triesMax || options.signal.aborted) throw error;
      // Wrong bytes from before, and perhaps of another member, are gone by now.
      if (isMismatch(error) && offset > 0) continue;
      if (isMismatch(error)) throw error;
      const broughtSome = (await options.local.receivedBytes(digest)) > offset;
      fruitless = broughtSome ? 0 : fruitless + 1;
      if (fruitless === fruitlessMax) throw error;
      await wait(options.limits.retryMs.first, undefined, { signal: options.signal });
    }
  }
}

function isMismatch(error: unknown): boolean {
  return isTarsierError(error) && error.code === 'BLOB_DIGEST_MISMATCH';
}

/** The disk here, or somebody who sends the same content to this member right now. */
function isOwnFault(error: unknown): boolean {
  return !isTarsierError(error) || error.code === 'STORAGE_FULL' || isArriving(error);
}

function isArriving(error: unknown): boolean {
  return isTarsierError(error) && error.code === 'BLOB_ARRIVING';
}

function unreachable(digest: Digest, failures: ReadonlyMap<string, unknown>): TarsierError {
  const reasons = [...failures].map(([peer, error]) => `${peer}: ${reasonOf(error)}`).join('; ');
  return new TarsierError(
    'BLOB_UNREACHABLE',
    `Blob ${digest} is not here, and could not be had from every other member (${reasons}).`,
    { details: { digest, unreachable: [...failures.keys()] } },
  );
}
