/** Blobs that survive n of 2n+1 members: a copy on every member, acknowledged when a majority has it. */

import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { isTarsierError, TarsierError } from '../../../errors/tarsier-error.ts';
import type { BlobInfo, Blobs, Digest } from '../../core/blobs.ts';
import { hashContent } from '../embedded/blob-content.ts';
import { digestMismatch } from '../embedded/blob-faults.ts';
import { CatchUp } from './catch-up.ts';
import { fetchOrAwait } from './fetch-blob.ts';
import { Lane, tee } from './lane.ts';
import { othersNeeded, waitForMajority, type PeerOutcome } from './majority.ts';
import { repairBlobs, type RepairOptions, type RepairReport } from './repair-blobs.ts';
import { defaultReplicationLimits, type ReplicatedBlobsOptions } from './replicated-options.ts';
import { sendLane } from './send-lane.ts';
import { sendWithRetries, type ReadFrom } from './send-blob.ts';
import { VerifiedStamps } from './verified-stamps.ts';

export interface ReplicatedBlobs extends Blobs {
  /**
   * Stores a finished file of the same file system as `local` on a majority, then moves it in. The
   * file stays where it is when that fails.
   */
  adopt(file: string, digest: Digest): Promise<BlobInfo>;
  /** Reads the whole local copy, and replaces it from another member when it is missing or damaged. */
  verify(digest: Digest): Promise<BlobInfo>;
  /**
   * Fetches what is missing here. What could not be had is told, not thrown; with `verify`, what is
   * here is read and replaced when it is damaged.
   */
  repair(wanted: Iterable<Digest>, options?: RepairOptions): Promise<RepairReport>;
  /** Resolves when members that a `put` went on without are up to date, or gone. */
  caughtUp(): Promise<void>;
  /** Ends what goes on in the background. The local blobs stay open. */
  close(): Promise<void>;
}

export function openReplicatedBlobs(options: ReplicatedBlobsOptions): ReplicatedBlobs {
  return new MajorityBlobs(options);
}

class MajorityBlobs implements ReplicatedBlobs {
  readonly #options: ReplicatedBlobsOptions;
  readonly #limits: typeof defaultReplicationLimits;
  readonly #closing = new AbortController();
  readonly #catchUp: CatchUp;
  readonly #fetching = new Map<Digest, Promise<void>>();
  readonly #verified: VerifiedStamps;

  constructor(options: ReplicatedBlobsOptions) {
    this.#options = options;
    this.#limits = { ...defaultReplicationLimits, ...options.limits };
    this.#verified = new VerifiedStamps(options.local);
    this.#catchUp = new CatchUp({
      ...options,
      limits: this.#limits,
      signal: this.#closing.signal,
    });
  }

  /** With `expected`, content goes to the others while it is written here; otherwise after that. */
  async put(
    content: AsyncIterable<Uint8Array>,
    putOptions: { readonly expected?: Digest; readonly maxBytes?: number } = {},
  ): Promise<BlobInfo> {
    const { local } = this.#options;
    const { expected } = putOptions;
    if (expected !== undefined) return this.#putToAll(content, expected, putOptions.maxBytes);
    const info = await local.put(content, putOptions);
    await this.#verified.note(info.digest);
    await this.#replicate(info.digest, (start) => local.get(info.digest, { start }));
    return info;
  }

  async adopt(file: string, digest: Digest): Promise<BlobInfo> {
    const { local } = this.#options;
    try {
      await this.#replicate(digest, async (start) => readWherever(file, start, local, digest));
    } catch (error) {
      // The others refuse what is another file: that is not for want of members.
      const { digest: found } = await hashContent(createReadStream(file));
      throw found === digest ? error : digestMismatch(digest, found);
    }
    const info = await local.adopt(file, digest);
    await this.#verified.note(digest);
    return info;
  }

  async get(
    digest: Digest,
    range?: { readonly start?: number; readonly end?: number },
  ): Promise<AsyncIterable<Uint8Array>> {
    await this.#ensureHere(digest);
    return this.#watched(digest, await this.#options.local.get(digest, range));
  }

  async verify(digest: Digest): Promise<BlobInfo> {
    const { local } = this.#options;
    try {
      return await local.verify(digest);
    } catch (error) {
      if (!isLost(error)) throw error;
      await this.#fetch(digest, error);
      return local.verify(digest);
    }
  }

  async has(digest: Digest): Promise<BlobInfo | undefined> {
    const here = await this.#options.local.has(digest);
    if (here !== undefined) return here;
    const peers = this.#options.peers();
    const signal = this.#lookSignal();
    const answers = await Promise.allSettled(peers.map((peer) => peer.look(digest, { signal })));
    for (const answer of answers) {
      if (answer.status === 'fulfilled' && answer.value.isWhole) {
        return { digest, sizeBytes: answer.value.sizeBytes };
      }
    }
    const silent = peers.filter((_, index) => answers[index]?.status === 'rejected');
    if (silent.length === 0) return undefined;
    const names = silent.map((peer) => peer.name);
    throw new TarsierError(
      'BLOB_UNREACHABLE',
      `Blob ${digest} is not here, and ${names.join(', ')} could not be asked.`,
      { details: { digest, unreachable: names } },
    );
  }

  /** Here alone: each member deletes what it no longer refers to. */
  async delete(digest: Digest): Promise<void> {
    await this.#options.local.delete(digest);
  }

  /** Of this member. */
  async list(): Promise<readonly BlobInfo[]> {
    return this.#options.local.list();
  }

  async repair(wanted: Iterable<Digest>, options: RepairOptions = {}): Promise<RepairReport> {
    return repairBlobs(wanted, options, {
      local: this.#options.local,
      fetch: (digest) => this.#fetch(digest),
      fetchesMax: this.#limits.fetchesMax,
    });
  }

  async caughtUp(): Promise<void> {
    await this.#catchUp.idle();
  }

  async close(): Promise<void> {
    this.#closing.abort(new TarsierError('LOG_CLOSED', 'The replicated blobs were closed.'));
    await this.#catchUp.idle();
    await Promise.allSettled(this.#fetching.values());
  }

  /** Here and to all peers at once; a peer that breaks off is gone on with from the local copy. */
  async #putToAll(
    content: AsyncIterable<Uint8Array>,
    digest: Digest,
    maxBytes: number | undefined,
  ): Promise<BlobInfo> {
    const { local } = this.#options;
    const limits = this.#limits;
    const needed = othersNeeded(this.#options.memberCount());
    const peers = this.#options.peers();
    const lanes = peers.map(() => new Lane(limits.bufferBytes));
    const signal = this.#closing.signal;
    let served = 0;
    const firstTries = peers.map((peer, index) =>
      sendLane(peer, lanes[index] as Lane, {
        digest,
        limits,
        signal,
        onServed: () => (served += 1),
      }),
    );
    const teeOptions = {
      needed,
      slowMsMax: limits.slowMsMax,
      stuckMsMax: limits.majorityMsMax,
      served: () => served,
    };
    let info: BlobInfo;
    try {
      const options = maxBytes === undefined ? {} : { maxBytes };
      info = await local.put(tee(content, lanes, teeOptions), { expected: digest, ...options });
    } catch (error) {
      for (const lane of lanes) lane.leave();
      await Promise.allSettled(firstTries);
      throw error;
    }
    await this.#verified.note(digest);
    await this.#replicate(digest, (start) => local.get(digest, { start }), firstTries);
    return info;
  }

  /** Resolves at a majority; members that have not got that far are brought up to date behind it. */
  async #replicate(
    digest: Digest,
    readFrom: ReadFrom,
    firstTries: readonly Promise<boolean>[] = [],
  ): Promise<void> {
    const enough = new AbortController();
    const failed = new AbortController();
    const options = {
      digest,
      readFrom,
      limits: this.#limits,
      signal: AbortSignal.any([failed.signal, this.#closing.signal]),
      noMoreTries: enough.signal,
    };
    const outcomes = this.#options.peers().map((peer, index): PeerOutcome => {
      const done = (async () => {
        if ((await firstTries[index]) === true) return;
        await sendWithRetries(peer, options);
      })();
      return { peer: peer.name, done };
    });
    try {
      await waitForMajority(digest, outcomes, this.#options.memberCount());
    } catch (error) {
      failed.abort(error);
      throw error;
    }
    enough.abort(new TarsierError('BLOB_PEER_FAILED', 'The others had it before.'));
    for (const { peer, done } of outcomes) this.#catchUp.watch(peer, digest, done);
  }

  /** Nothing to do when the local copy is whole, as far as a look at its file can tell. */
  async #ensureHere(digest: Digest): Promise<void> {
    try {
      await this.#verified.check(digest);
    } catch (error) {
      if (!isLost(error)) throw error;
      await this.#fetch(digest, error);
    }
  }

  /** Once at a time for each digest. `lost` is what is wrong with the local copy. */
  async #fetch(digest: Digest, lost?: unknown): Promise<void> {
    const running = this.#fetching.get(digest);
    if (running !== undefined) return running;
    const { local, peers } = this.#options;
    const fetching = fetchOrAwait(digest, {
      local,
      peers: peers(),
      limits: this.#limits,
      signal: this.#closing.signal,
    }).finally(() => this.#fetching.delete(digest));
    this.#fetching.set(digest, fetching);
    try {
      await fetching;
    } catch (error) {
      throw isDamaged(lost) && isTarsierError(error) && error.code === 'BLOB_MISSING'
        ? lost
        : error;
    }
  }

  /** Damage that the file's stamp did not tell is repaired for the next reader. */
  async *#watched(digest: Digest, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* content;
    } catch (error) {
      if (isDamaged(error)) {
        this.#verified.forget(digest);
        this.#fetch(digest, error).catch(() => undefined);
      }
      throw error;
    }
  }

  #lookSignal(): AbortSignal {
    return AbortSignal.any([this.#closing.signal, AbortSignal.timeout(this.#limits.lookMsMax)]);
  }
}

/**
 * A file that moves into the store as soon as most members have it: whoever begins later reads it
 * there. Opens nothing before it is read, so that nothing fails where nobody listens.
 */
async function* readWherever(
  file: string,
  start: number,
  local: ReplicatedBlobsOptions['local'],
  digest: Digest,
): AsyncGenerator<Uint8Array> {
  const handle = await open(file).catch(() => undefined);
  if (handle === undefined) yield* await local.get(digest, { start });
  else yield* handle.createReadStream({ start }) as AsyncIterable<Uint8Array>;
}

function isDamaged(error: unknown): boolean {
  return isTarsierError(error) && error.code === 'BLOB_DAMAGED';
}

function isLost(error: unknown): boolean {
  return isDamaged(error) || (isTarsierError(error) && error.code === 'BLOB_MISSING');
}
