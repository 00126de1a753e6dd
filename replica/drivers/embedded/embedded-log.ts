/** The log of a single controller: an SQLite file on a thread of its own, with group commit. */

import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import { refuseCommandId } from '../../core/command-id.ts';
import type { AppendRequest, AppendResult, Log, LogEntry, LogHead } from '../../core/log.ts';
import {
  fromPlainError,
  packAppends,
  type LogAnswers,
  type LogCall,
  type LogReply,
} from './log-messages.ts';
import { checkStart, type LogStart } from './log-start.ts';
import type { AppendOutcome } from './log-store.ts';
import { logFault } from './sqlite-faults.ts';
import { syncDirectory } from './sync-directory.ts';

export interface EmbeddedLogOptions {
  /** Made if it is not there. One log per directory, one process per log. */
  readonly directory: string;
  /** Larger commands are refused with `LOG_ENTRY_TOO_LARGE`. 64 MiB by default. */
  readonly entryBytesMax?: number;
  /**
   * For a log that goes on from another one: the first entry follows this position. Only for an
   * empty directory (or a log without entries that starts there): else `LOG_NOT_EMPTY`.
   */
  readonly startAt?: LogStart;
}

/** A log on this machine's disk; besides the port, it can be the copy of another log. */
export interface EmbeddedLog extends Log {
  /** Takes over entries as they are: durable when it resolves. They must follow the head. */
  keep(entries: readonly LogEntry[]): Promise<void>;
  /** Of a kept entry, or of the one before the first; `undefined` for all others. */
  hashAt(sequence: number): Promise<string | undefined>;
}

/** One transaction takes at most this much, so that no append waits behind an endless one. */
const BATCH_ENTRIES_MAX = 1_024;
const BATCH_BYTES_MAX = 8 * 2 ** 20;
/** What may wait for the disk before `LOG_OVERLOADED`. */
const QUEUE_ENTRIES_MAX = 100_000;
const QUEUE_BYTES_MAX = 512 * 2 ** 20;
const ENTRY_BYTES_MAX = 64 * 2 ** 20;
/** Trimming is cut into transactions of this size; appends go in between. */
const TRIM_ENTRIES_PER_STEP = 2_000;

interface Waiter<Value> {
  resolve(value: Value): void;
  reject(error: unknown): void;
}

type Queued = AppendRequest & Waiter<AppendResult>;

/** The thread runs from source or from a build, as this file does. */
const threadFile = import.meta.url.endsWith('.ts')
  ? new URL('./log-thread.ts', import.meta.url)
  : new URL('./log-thread.js', import.meta.url);

/** Opens the log and verifies every entry. `LOG_LOCKED`, `LOG_DAMAGED`, `LOG_TOO_NEW`, `STORAGE_FULL`. */
export async function openEmbeddedLog(options: EmbeddedLogOptions): Promise<EmbeddedLog> {
  const { directory, startAt } = options;
  if (startAt !== undefined) checkStart(startAt);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await syncDirectory(dirname(directory));
  } catch (error) {
    throw logFault(error, directory, 'make the directory of the log');
  }
  const log = new ThreadLog(options);
  await log.opened;
  await syncDirectory(directory);
  return log;
}

class ThreadLog implements EmbeddedLog {
  /** Settles when the thread has opened and verified the file. */
  readonly opened: Promise<void>;
  readonly #directory: string;
  readonly #entryBytesMax: number;
  readonly #thread: Worker;
  readonly #calls = new Map<number, Waiter<unknown>>();
  readonly #listeners = new Set<(sequence: number) => void>();
  #queue: Queued[] = [];
  #queueBytes = 0;
  #appending = false;
  #flushPlanned = false;
  #nextCall = 1;
  #closed: Promise<void> | undefined;
  #failure: TarsierError | undefined;

  constructor({ directory, startAt, entryBytesMax = ENTRY_BYTES_MAX }: EmbeddedLogOptions) {
    this.#directory = directory;
    this.#entryBytesMax = entryBytesMax;
    this.#thread = new Worker(threadFile, {
      workerData: { directory, ...(startAt === undefined ? {} : { startAt }) },
      name: 'tarsier-log',
      // Flags that were meant for the main script (`--input-type`, `--test`) must not reach the thread.
      execArgv: [],
    });
    this.opened = new Promise((resolve, reject) => {
      this.#calls.set(0, { resolve: () => resolve(), reject });
    });
    this.#thread.on('message', (reply: LogReply) => this.#settle(reply));
    this.#thread.on('error', (error) => this.#fail(error));
    this.#thread.on('exit', () => this.#fail(undefined));
  }

  append(request: AppendRequest): Promise<AppendResult> {
    const refusal = this.#refusal(request);
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.#queue.push({ ...request, resolve, reject });
      this.#queueBytes += request.payload.length;
      this.#planFlush();
    });
  }

  read(from: number, limit: number): Promise<readonly LogEntry[]> {
    return this.#call({ kind: 'read', from, limit });
  }

  head(): Promise<LogHead> {
    return this.#call({ kind: 'head' });
  }

  async keep(entries: readonly LogEntry[]): Promise<void> {
    await this.#call({ kind: 'keep', entries });
  }

  hashAt(sequence: number): Promise<string | undefined> {
    return this.#call({ kind: 'hash-at', sequence });
  }

  async trim(before: number): Promise<void> {
    const step = { kind: 'trim', before, limit: TRIM_ENTRIES_PER_STEP } as const;
    while (await this.#call(step));
  }

  subscribe(listener: (sequence: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Appends that wait are committed first. Safe to repeat. */
  close(): Promise<void> {
    this.#closed ??= this.#finish();
    return this.#closed;
  }

  async #finish(): Promise<void> {
    while (this.#appending || this.#queue.length > 0) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    if (this.#failure !== undefined) return;
    const exited = new Promise((resolve) => this.#thread.once('exit', resolve));
    await this.#send({ kind: 'close' });
    await exited;
  }

  #refusal({ commandId, payload }: AppendRequest): TarsierError | undefined {
    if (this.#closed !== undefined || this.#failure !== undefined) return this.#unusable();
    const refusal = refuseCommandId(commandId);
    if (refusal !== undefined) return refusal;
    if (payload.length > this.#entryBytesMax) {
      return new TarsierError(
        'LOG_ENTRY_TOO_LARGE',
        `Cannot append command ${commandId}: it has ${payload.length} bytes, the limit is ${this.#entryBytesMax}. Store the content as a blob.`,
        { details: { sizeBytes: payload.length, sizeBytesMax: this.#entryBytesMax } },
      );
    }
    if (this.#queue.length >= QUEUE_ENTRIES_MAX || this.#queueBytes >= QUEUE_BYTES_MAX) {
      return new TarsierError(
        'LOG_OVERLOADED',
        `Cannot append to ${this.#directory}: ${this.#queue.length} commands wait for the disk. Try again later with the same command id.`,
      );
    }
    return undefined;
  }

  /** All appends of one turn of the event loop go into one transaction. */
  #planFlush(): void {
    if (this.#flushPlanned || this.#appending) return;
    this.#flushPlanned = true;
    setImmediate(() => {
      this.#flushPlanned = false;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const batch = this.#takeBatch();
    if (batch.length === 0) return;
    this.#appending = true;
    let outcomes: readonly AppendOutcome[] = [];
    try {
      const appends = packAppends(batch);
      outcomes = await this.#send({ kind: 'append', appends }, [appends.bytes.buffer]);
      for (const [index, queued] of batch.entries()) settleAppend(queued, outcomes[index]);
    } catch (error) {
      for (const queued of batch) queued.reject(error);
    }
    this.#appending = false;
    this.#planFlush();
    this.#tell(outcomes);
  }

  #takeBatch(): Queued[] {
    let bytes = 0;
    let count = 0;
    for (const { payload } of this.#queue) {
      if (count === BATCH_ENTRIES_MAX || (count > 0 && bytes + payload.length > BATCH_BYTES_MAX))
        break;
      bytes += payload.length;
      count += 1;
    }
    this.#queueBytes -= bytes;
    const batch = this.#queue.slice(0, count);
    this.#queue = this.#queue.slice(count);
    return batch;
  }

  /** After the callers of `append` went on: most listeners then know already. */
  #tell(outcomes: readonly AppendOutcome[]): void {
    const newest = outcomes.findLast((outcome) => 'duplicate' in outcome && !outcome.duplicate);
    if (newest === undefined || !('sequence' in newest)) return;
    setImmediate(() => {
      for (const listener of this.#listeners) listener(newest.sequence);
    });
  }

  #call<Call extends LogCall>(call: Call): Promise<LogAnswers[Call['kind']]> {
    return this.#closed === undefined ? this.#send(call) : Promise.reject(this.#unusable());
  }

  #send<Call extends LogCall>(
    call: Call,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<LogAnswers[Call['kind']]> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#nextCall;
    this.#nextCall += 1;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, {
        resolve: (value) => resolve(value as LogAnswers[Call['kind']]),
        reject,
      });
      this.#thread.postMessage({ id, call }, transfer);
    });
  }

  #settle(reply: LogReply): void {
    const waiter = this.#calls.get(reply.id);
    this.#calls.delete(reply.id);
    if ('error' in reply) waiter?.reject(fromPlainError(reply.error));
    else waiter?.resolve(reply.value);
  }

  #fail(cause: unknown): void {
    this.#failure ??=
      cause === undefined
        ? this.#unusable()
        : new TarsierError(
            'DEFECT',
            `The thread of the log ${this.#directory} ended: ${String(cause)}`,
            { cause },
          );
    for (const waiter of this.#calls.values()) waiter.reject(this.#failure);
    this.#calls.clear();
  }

  #unusable(): TarsierError {
    return this.#failure ?? new TarsierError('LOG_CLOSED', `The log ${this.#directory} is closed.`);
  }
}

function settleAppend(queued: Queued, outcome: AppendOutcome | undefined): void {
  if (outcome === undefined) {
    queued.reject(new TarsierError('DEFECT', 'The log thread answered with too few outcomes.'));
  } else if ('sequence' in outcome) {
    queued.resolve(outcome);
  } else {
    const { staleHead } = outcome;
    queued.reject(
      new TarsierError(
        'STALE_SEQUENCE',
        `Cannot append command ${queued.commandId}: it expected the head at ${queued.expectedSequence}, but the head is ${staleHead}. Read on and decide again.`,
        { details: { expected: queued.expectedSequence, head: staleHead } },
      ),
    );
  }
}
