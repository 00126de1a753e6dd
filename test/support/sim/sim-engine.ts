/** The replicated stream that all members share: one order, whatever happens on the way to it. */

import { hash as cryptoHash } from 'node:crypto';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import { chainHash, GENESIS_HASH } from '../../../replica/core/hash-chain.ts';
import type { AppendRequest, AppendResult, LogEntry, LogHead } from '../../../replica/core/log.ts';
import type { Draw } from './draw.ts';
import type { EventLoop } from './event-loop.ts';
import type { Reply } from './network.ts';

/** Engines that break their promise, to prove that it would be found. */
export interface EngineDefects {
  readonly forgetsIds?: boolean;
  readonly ignoresExpectedSequence?: boolean;
  /** Acknowledges before it is durable: what a leader change finds unsynced is gone. */
  readonly acknowledgesEarly?: boolean;
}

export interface EngineWatcher {
  /** `isForgotten`: the log did not have to know the id any more. */
  onCommit(entry: LogEntry, isRepeat: boolean, isForgotten: boolean): void;
  onTrim(first: number): void;
}

const SYNC_US_MAX = 4_000;

export class SimEngine {
  /** Every entry that was ever appended, also those that were trimmed: the truth. */
  readonly history: LogEntry[] = [];
  first = 1;
  /** How far a copy that answers reads may be behind. */
  staleEntriesMax = 0;
  readonly #loop: EventLoop;
  readonly #draw: Draw;
  readonly #watcher: EngineWatcher;
  readonly #defects: EngineDefects;
  readonly #ids = new Map<string, number>();
  readonly #everSeen = new Map<string, number>();
  readonly #listeners = new Set<(sequence: number) => void>();
  #term = 1;
  #hasLeader = true;
  #lastCommitUs = 0;

  constructor(
    loop: EventLoop,
    draw: Draw,
    options: { readonly watcher: EngineWatcher; readonly defects: EngineDefects },
  ) {
    this.#loop = loop;
    this.#draw = draw;
    this.#watcher = options.watcher;
    this.#defects = options.defects;
  }

  get sequence(): number {
    return this.history.length;
  }

  loseLeader(): void {
    this.#term += 1;
    this.#hasLeader = false;
  }

  electLeader(): void {
    this.#hasLeader = true;
  }

  append(request: AppendRequest, reply: Reply<AppendResult | TarsierError>): void {
    if (this.#isWithoutLeader(reply)) return;
    const term = this.#term;
    const readyUs = this.#loop.nowUs + this.#draw.skewed(200, SYNC_US_MAX);
    this.#lastCommitUs = Math.max(this.#lastCommitUs, readyUs);
    if (this.#defects.acknowledgesEarly === true) {
      reply({ sequence: this.sequence + 1, duplicate: false });
    }
    this.#loop.after(this.#lastCommitUs - this.#loop.nowUs, () => {
      const isSameLeader = term === this.#term;
      // The next leader may have it or not; nobody is told.
      if (!isSameLeader && this.#draw.chance(0.5)) return;
      const result = this.#commit(request);
      if (isSameLeader) reply(result);
    });
  }

  head(reply: Reply<LogHead | TarsierError>): void {
    if (this.#isWithoutLeader(reply)) return;
    const hash = this.history.at(-1)?.hash ?? GENESIS_HASH;
    reply({ sequence: this.sequence, hash, first: this.first });
  }

  /** Any copy answers, so reads go on without a leader. */
  read(from: number, limit: number, reply: Reply<readonly LogEntry[] | TarsierError>): void {
    if (from < this.first) {
      return reply(new TarsierError('LOG_TRIMMED', `entry ${from} is no longer kept`));
    }
    const isBehind = this.staleEntriesMax > 0 && this.#draw.chance(0.3);
    const behind = isBehind ? this.#draw.between(0, this.staleEntriesMax) : 0;
    const end = Math.min(this.sequence - behind, from - 1 + limit);
    reply(this.history.slice(from - 1, Math.max(from - 1, end)));
  }

  trim(before: number, reply: Reply<undefined | TarsierError>): void {
    if (this.#isWithoutLeader(reply)) return;
    const first = Math.max(this.first, Math.min(before, this.sequence));
    for (let sequence = this.first; sequence < first; sequence += 1) {
      this.#ids.delete(this.history[sequence - 1]!.commandId);
    }
    if (first > this.first) {
      this.#loop.note(`trim ${first}`);
      this.#watcher.onTrim(first);
    }
    this.first = first;
    reply(undefined);
  }

  subscribe(listener: (sequence: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #isWithoutLeader(reply: Reply<TarsierError>): boolean {
    if (this.#hasLeader) return false;
    if (this.#draw.chance(0.5)) reply(new TarsierError('LOG_IO_FAILED', 'there is no leader'));
    return true;
  }

  #commit({ commandId, payload, expectedSequence }: AppendRequest): AppendResult | TarsierError {
    const known = this.#defects.forgetsIds === true ? undefined : this.#ids.get(commandId);
    if (known !== undefined) return { sequence: known, duplicate: true };
    const isStale = expectedSequence !== undefined && expectedSequence !== this.sequence;
    if (isStale && this.#defects.ignoresExpectedSequence !== true) {
      return new TarsierError('STALE_SEQUENCE', `the head is ${this.sequence}`);
    }
    const next = { sequence: this.sequence + 1, commandId, payload };
    const previousHash = this.history.at(-1)?.hash ?? GENESIS_HASH;
    const entry = { ...next, hash: chainHash(sha256, previousHash, next) };
    this.history.push(entry);
    this.#loop.note(`commit ${entry.sequence} ${commandId} ${entry.hash}`);
    const seenAs = this.#everSeen.get(commandId);
    this.#watcher.onCommit(entry, seenAs !== undefined, (seenAs ?? 0) < this.first);
    this.#ids.set(commandId, entry.sequence);
    this.#everSeen.set(commandId, entry.sequence);
    for (const listener of this.#listeners) listener(entry.sequence);
    return { sequence: entry.sequence, duplicate: false };
  }
}

function sha256(bytes: Uint8Array): string {
  return cryptoHash('sha256', bytes, 'hex');
}
