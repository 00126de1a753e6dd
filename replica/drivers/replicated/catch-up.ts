/** Brings members up to date, in the background, that a `put` went on without. */

import { setTimeout as wait } from 'node:timers/promises';
import type { Digest } from '../../core/blobs.ts';
import type { BlobPeer } from './blob-peer.ts';
import type { ReplicatedBlobsOptions, ReplicationLimits } from './replicated-options.ts';
import { sendOnce } from './send-blob.ts';

/** For one member; what does not fit is for the member's own `repair` to notice. */
const digestsMax = 10_000;

export interface CatchUpOptions extends Pick<
  ReplicatedBlobsOptions,
  'local' | 'peers' | 'onPeerBehind'
> {
  readonly limits: ReplicationLimits;
  readonly signal: AbortSignal;
}

/** Kept in memory alone: after a restart, members find what they miss by themselves. */
export class CatchUp {
  readonly #options: CatchUpOptions;
  readonly #behind = new Map<string, Set<Digest>>();
  readonly #transfers = new Set<Promise<void>>();
  readonly #running = new Map<string, Promise<void>>();

  constructor(options: CatchUpOptions) {
    this.#options = options;
  }

  add(peer: string, digest: Digest): void {
    if (this.#options.signal.aborted) return;
    const digests = this.#behind.get(peer) ?? new Set();
    if (digests.size < digestsMax) digests.add(digest);
    this.#behind.set(peer, digests);
    if (this.#running.has(peer)) return;
    const run = this.#run(peer, digests).finally(() => this.#running.delete(peer));
    this.#running.set(peer, run);
  }

  /** Takes over a transfer that goes on behind a `put` that is done. */
  watch(peer: string, digest: Digest, transfer: Promise<void>): void {
    const watched = transfer
      .catch(() => this.add(peer, digest))
      .finally(() => this.#transfers.delete(watched));
    this.#transfers.add(watched);
  }

  /** Resolves when nothing is left to do, or the signal has ended it. */
  async idle(): Promise<void> {
    while (this.#running.size + this.#transfers.size > 0) {
      await Promise.all([...this.#running.values(), ...this.#transfers]);
    }
  }

  async #run(name: string, digests: Set<Digest>): Promise<void> {
    const { limits, signal } = this.#options;
    let retryMs = limits.catchUpMs.first;
    while (!signal.aborted) {
      const [digest] = digests;
      // A member that was taken out of the cluster is behind no more.
      const peer = this.#options.peers().find((other) => other.name === name);
      if (digest === undefined || peer === undefined) break;
      if (await this.#send(peer, digest)) {
        digests.delete(digest);
        retryMs = limits.catchUpMs.first;
        continue;
      }
      // Others may get through: one that cannot must not hold them up.
      digests.delete(digest);
      digests.add(digest);
      await wait(retryMs, undefined, { signal, ref: false }).catch(() => undefined);
      retryMs = Math.min(2 * retryMs, limits.catchUpMs.most);
    }
    this.#behind.delete(name);
  }

  /** True when there is nothing more to do about it. */
  async #send(peer: BlobPeer, digest: Digest): Promise<boolean> {
    const { local, limits, signal } = this.#options;
    try {
      // Deleted meanwhile: nobody needs it there either.
      if ((await local.has(digest)) === undefined) return true;
      await sendOnce(peer, {
        digest,
        readFrom: (start) => local.get(digest, { start }),
        limits,
        signal,
        onMoved: () => undefined,
      });
      return true;
    } catch (error) {
      if (!signal.aborted) this.#options.onPeerBehind?.(peer.name, error);
      return false;
    }
  }
}
