/** Commands that wait to be appended, in the order in which they came. */

import { TarsierError } from '../../../errors/tarsier-error.ts';
import { refuseCommandId } from '../../core/command-id.ts';
import type { AppendRequest, AppendResult, LogHead } from '../../core/log.ts';

export interface QueuedAppend extends AppendRequest {
  readonly deadlineMs: number;
  /** The stream was looked at since it came: what it expects can be judged. */
  isInformed?: boolean;
  resolve(result: AppendResult): void;
  reject(error: unknown): void;
}

/** Wants to know the head as of a moment after it asked. */
export interface QueuedHead {
  readonly deadlineMs: number;
  resolve(head: LogHead): void;
  reject(error: unknown): void;
}

const ENTRIES_MAX = 100_000;
const BYTES_MAX = 256 * 2 ** 20;
const BATCH_ENTRIES_MAX = 1_024;
/** Larger messages hold up the smaller ones of others. */
const BATCH_BYTES_MAX = 512 * 1024;

export class AppendQueue {
  readonly #entryBytesMax: number;
  #appends: QueuedAppend[] = [];
  #heads: QueuedHead[] = [];
  #bytes = 0;

  constructor(entryBytesMax: number) {
    this.#entryBytesMax = entryBytesMax;
  }

  get isEmpty(): boolean {
    return this.#appends.length === 0 && this.#heads.length === 0;
  }

  /** Why the request cannot be taken; `undefined` if it can. */
  refusal({ commandId, payload }: AppendRequest): TarsierError | undefined {
    const refusal = refuseCommandId(commandId);
    if (refusal !== undefined) return refusal;
    if (payload.length > this.#entryBytesMax) {
      return new TarsierError(
        'LOG_ENTRY_TOO_LARGE',
        `Cannot append command ${commandId}: it has ${payload.length} bytes, the limit of the engine is ${this.#entryBytesMax}. Store the content as a blob, or raise max_payload of every nats-server.`,
        { details: { sizeBytes: payload.length, sizeBytesMax: this.#entryBytesMax } },
      );
    }
    if (this.#appends.length >= ENTRIES_MAX || this.#bytes >= BYTES_MAX) {
      return new TarsierError(
        'LOG_OVERLOADED',
        `Cannot append command ${commandId}: ${this.#appends.length} commands wait for the engine. Try again later with the same command id.`,
      );
    }
    return undefined;
  }

  pushAppend(append: QueuedAppend): void {
    this.#appends.push(append);
    this.#bytes += append.payload.length;
  }

  pushHead(head: QueuedHead): void {
    this.#heads.push(head);
  }

  /** What goes into the next message. It stays in the queue until it is `done`. */
  nextBatch(): readonly QueuedAppend[] {
    let bytes = 0;
    let count = 0;
    for (const { payload } of this.#appends) {
      const isFull = bytes + payload.length > Math.min(BATCH_BYTES_MAX, this.#entryBytesMax);
      if (count === BATCH_ENTRIES_MAX || (count > 0 && isFull)) break;
      bytes += payload.length;
      count += 1;
    }
    return this.#appends.slice(0, count);
  }

  done(appends: ReadonlySet<QueuedAppend>): void {
    if (appends.size === 0) return;
    this.#appends = this.#appends.filter((append) => !appends.has(append));
    for (const { payload } of appends) this.#bytes -= payload.length;
  }

  /** Everybody who waits for the head now. */
  waitingHeads(): readonly QueuedHead[] {
    return [...this.#heads];
  }

  answerHeads(heads: readonly QueuedHead[], head: LogHead): void {
    const answered = new Set(heads);
    this.#heads = this.#heads.filter((waiting) => !answered.has(waiting));
    for (const waiting of heads) waiting.resolve(head);
  }

  /** Gives up on those that waited too long. */
  expire(nowMs: number, error: () => TarsierError): void {
    // In the order in which they came, so that nothing behind the first one is older.
    const first = Math.min(
      this.#appends[0]?.deadlineMs ?? Infinity,
      this.#heads[0]?.deadlineMs ?? Infinity,
    );
    if (first > nowMs) return;
    const late = new Set(this.#appends.filter(({ deadlineMs }) => deadlineMs <= nowMs));
    this.done(late);
    const lateHeads = this.#heads.filter(({ deadlineMs }) => deadlineMs <= nowMs);
    this.#heads = this.#heads.filter(({ deadlineMs }) => deadlineMs > nowMs);
    for (const waiting of [...late, ...lateHeads]) waiting.reject(error());
  }

  failAll(error: TarsierError): void {
    const waiting = [...this.#appends, ...this.#heads];
    this.#appends = [];
    this.#heads = [];
    this.#bytes = 0;
    for (const one of waiting) one.reject(error);
  }
}
