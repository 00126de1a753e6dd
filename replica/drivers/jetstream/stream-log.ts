/**
 * The log over a stream that is replicated by majority, with an own copy on every member.
 *
 * One message is under way at a time; commands that come meanwhile go into the next one together. An
 * append is acknowledged when the stream stored its message right behind the last one that this member
 * knows: then nothing can have come in between, whatever became of the stream's own check.
 */

import { TarsierError, isTarsierError } from '../../../errors/tarsier-error.ts';
import type { AppendRequest, AppendResult, Log, LogEntry, LogHead } from '../../core/log.ts';
import type { Signals } from '../../core/signals.ts';
import { AppendQueue, type QueuedAppend } from './append-queue.ts';
import { chainCommands, encodeBatch, endOf, type Batch } from './batch.ts';
import { findMessageOf } from './find-message.ts';
import { GapWatch } from './gap-watch.ts';
import type { LogCopy } from './log-copy.ts';
import { LogNotices } from './log-notices.ts';
import type { LogStream, MessagePlace } from './log-stream.ts';
import { logMoved, logUnavailable } from './log-unavailable.ts';
import { newMessageId } from './message-id.ts';
import { StreamTail, type Repair } from './stream-tail.ts';

export interface StreamLogOptions {
  /** For messages to people and for the subjects of signals. */
  readonly name: string;
  readonly stream: LogStream;
  readonly copy: LogCopy;
  readonly signals: Signals;
  /** The message up to which copy and stream are known to say the same. */
  readonly agreed?: MessagePlace;
  /** How many processes have the log open; 1 by default. */
  readonly members?: number;
  /** How long an append may wait for a majority; 10 s by default. */
  readonly appendTimeoutMs?: number;
  /** How often the end of the stream is looked at when nothing is heard; 1 s by default. */
  readonly checkEveryMs?: number;
  /** Told when entries were put back that the engine had lost. */
  readonly onRepair?: (repair: Repair) => void;
  /** Told when something does not work now, and is tried again. */
  readonly onTrouble?: (error: TarsierError) => void;
  /** Told once when this member cannot go on with the log. */
  readonly onFailed?: (error: TarsierError) => void;
}

const APPEND_TIMEOUT_MS = 10_000;
const CHECK_EVERY_MS = 1_000;
const RETRY_MS = 100;
/** When the engine lost something; all who are there answer within milliseconds. */
const ASK_WHO_KNOWS_MS = 500;
/** The content of the last message is compared this often, and the stream searched for gaps. */
const VERIFY_EVERY_CHECKS = 10;
const SCRUB_EVERY_CHECKS = 30;
/** What the ids and hashes of a message take beside its commands. */
const MESSAGE_OVERHEAD_BYTES = 64 * 1024;

export class StreamLog implements Log {
  readonly #options: StreamLogOptions;
  readonly #queue: AppendQueue;
  readonly #tail: StreamTail;
  readonly #notices: LogNotices;
  readonly #gaps: GapWatch;
  readonly #listeners = new Set<(sequence: number) => void>();
  readonly #timer: NodeJS.Timeout;
  #checks = 0;
  #trouble: TarsierError | undefined;
  #sent: { readonly behind: string; readonly end: string; readonly id: string } | undefined;
  #working: Promise<void> | undefined;
  #failure: TarsierError | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: StreamLogOptions) {
    const { name, stream, copy, signals, onRepair } = options;
    this.#options = options;
    this.#queue = new AppendQueue(stream.messageBytesMax - MESSAGE_OVERHEAD_BYTES);
    copy.onFailed = (error) => this.#fail(error);
    this.#gaps = new GapWatch(stream);
    this.#notices = new LogNotices(name, signals, {
      onStored: (message) => {
        this.#tail.hear(message);
        this.#wake();
      },
      onMissing: (sequence) => this.#putBack(sequence),
      head: () => copy.head.sequence,
    });
    this.#tail = new StreamTail({
      ...(options.agreed === undefined ? {} : { agreed: options.agreed }),
      name,
      stream,
      copy,
      onEntries: () => this.#tell(),
      askWhoKnows: async () => {
        const others = (options.members ?? 1) - 1;
        return Math.max(0, ...(await this.#notices.askWhoKnows(ASK_WHO_KNOWS_MS, others)));
      },
      askFor: (sequence) => this.#notices.askFor(sequence),
      onPutBack: (repair, last) => {
        this.#notices.tellStored({ ...last, payload: new Uint8Array() });
        onRepair?.(repair);
      },
    });
    this.#timer = setInterval(() => this.#check(), options.checkEveryMs ?? CHECK_EVERY_MS);
    this.#timer.unref();
    this.#wake();
  }

  /** What keeps the log from going on, or its copy from being safe; `undefined` when nothing does. */
  get trouble(): string | undefined {
    const { failure } = this.#options.copy;
    if (failure !== undefined) return `its copy here is not written: ${messageOf(failure)}`;
    return this.#trouble?.message;
  }

  append(request: AppendRequest): Promise<AppendResult> {
    const refusal = this.#unusable() ?? this.#queue.refusal(request);
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      const deadlineMs = this.#deadlineMs();
      this.#queue.pushAppend({ ...request, deadlineMs, resolve, reject });
      this.#wake();
    });
  }

  async read(from: number, limit: number): Promise<readonly LogEntry[]> {
    this.#mustBeOpen();
    const { copy } = this.#options;
    return from > copy.head.sequence ? [] : copy.read(from, limit);
  }

  /** Costs one message: only what a majority stores proves that nothing newer was acknowledged. */
  head(): Promise<LogHead> {
    const refusal = this.#unusable();
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.#queue.pushHead({ deadlineMs: this.#deadlineMs(), resolve, reject });
      this.#wake();
    });
  }

  async trim(before: number): Promise<void> {
    this.#mustBeOpen();
    const { copy, stream } = this.#options;
    const end = Math.min(before, copy.head.sequence);
    const message = await findMessageOf(stream, this.#tail.place.streamSequence, end);
    if (message !== undefined) await stream.forgetBefore(message);
    await copy.trim(end);
  }

  subscribe(listener: (sequence: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Appends that wait are stored first, if a majority is there. Safe to repeat. */
  close(): Promise<void> {
    this.#closed ??= this.#finish();
    return this.#closed;
  }

  async #finish(): Promise<void> {
    clearInterval(this.#timer);
    this.#notices.close();
    while (this.#working !== undefined) await this.#working;
    this.#queue.failAll(this.#closedError());
    await this.#options.copy.close();
  }

  #deadlineMs(): number {
    return performance.now() + (this.#options.appendTimeoutMs ?? APPEND_TIMEOUT_MS);
  }

  #unusable(): TarsierError | undefined {
    return this.#failure ?? (this.#closed === undefined ? undefined : this.#closedError());
  }

  #closedError(): TarsierError {
    return new TarsierError('LOG_CLOSED', `The log ${this.#options.name} is closed.`);
  }

  #mustBeOpen(): void {
    const error = this.#unusable();
    if (error !== undefined) throw error;
  }

  #wake(): void {
    if (this.#failure !== undefined || this.#closed !== undefined) return;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      if (this.#hasWork) this.#wake();
    });
  }

  get #hasWork(): boolean {
    return this.#tail.hasWork || !this.#queue.isEmpty;
  }

  async #work(): Promise<void> {
    // Appends of one turn of the event loop go into one message.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#failure === undefined && this.#hasWork) {
      try {
        if (this.#options.copy.isMoved) throw logMoved(this.#options.name);
        this.#queue.expire(performance.now(), () => this.#noMajority());
        if (this.#tail.hasWork) await this.#tail.step();
        else await this.#flush();
        this.#trouble = undefined;
      } catch (error) {
        if (!isTransient(error)) return this.#fail(error);
        this.#note(error);
        // Closing does not wait for a majority.
        if (this.#closed !== undefined) return;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /** Once, until something works again. */
  #note(error: unknown): void {
    if (!isTarsierError(error)) return;
    const isNew = this.#trouble === undefined;
    this.#trouble = error;
    if (isNew) this.#options.onTrouble?.(error);
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    clearInterval(this.#timer);
    this.#notices.close();
    this.#failure = isTarsierError(error)
      ? error
      : new TarsierError('DEFECT', `The log ${this.#options.name} failed.`, { cause: error });
    this.#queue.failAll(this.#failure);
    this.#options.onFailed?.(this.#failure);
  }

  #noMajority(cause?: unknown): TarsierError {
    return logUnavailable(`write the log ${this.#options.name}`, cause);
  }

  #check(): void {
    this.#checks += 1;
    this.#tail.lookSoon({ verify: this.#checks % VERIFY_EVERY_CHECKS === 0 });
    if (this.#checks % SCRUB_EVERY_CHECKS === 0) void this.#scrub();
    this.#wake();
  }

  /** Looks for messages that vanished from between the others. */
  async #scrub(): Promise<void> {
    try {
      if (await this.#gaps.findNew()) this.#tail.compareSoon({ fromStart: true });
      this.#wake();
    } catch (error) {
      if (!isTransient(error)) this.#fail(error);
    }
  }

  #putBack(from: number): void {
    this.#tail.putBackSoon(from);
    this.#wake();
  }

  #tell(): void {
    const { sequence } = this.#options.copy.head;
    setImmediate(() => {
      for (const listener of this.#listeners) listener(sequence);
    });
  }

  async #flush(): Promise<void> {
    const heads = this.#queue.waitingHeads();
    const appends = this.#admit(this.#queue.nextBatch());
    if (appends.length === 0 && heads.length === 0) return;
    const { stream, copy } = this.#options;
    await copy.roomForMore();
    const expectedLast = this.#tail.place;
    const batch = chainCommands(expectedLast.id, copy.head, appends);
    const payload = encodeBatch(batch);
    const id = this.#idOf(batch);
    const outcome = await stream.publish(payload, { expectedLast, id });
    if (outcome.kind === 'unknown' || outcome.kind === 'stale') {
      this.#tail.lookSoon({ verify: true });
      if (outcome.kind === 'unknown') throw this.#noMajority(outcome.cause);
      return;
    }
    const { streamSequence } = outcome;
    if (streamSequence !== expectedLast.streamSequence + 1) {
      return this.#tail.compareSoon({ fromStart: false });
    }
    this.#tail.advance({ streamSequence, id }, batch.entries);
    this.#queue.done(new Set(appends));
    for (const [index, { resolve }] of appends.entries()) {
      resolve({ sequence: batch.after.sequence + index + 1, duplicate: false });
    }
    // What was stored by an earlier attempt may be older than the question.
    if (!outcome.duplicate) this.#queue.answerHeads(heads, { ...copy.head, first: copy.first });
    this.#notices.tellStored({ streamSequence, id, payload });
  }

  /** The same for the same batch at the same place, so that a repeated message is stored once. */
  #idOf(batch: Batch): string {
    const { behind } = batch;
    const end = endOf(batch).hash;
    if (this.#sent?.behind !== behind || this.#sent.end !== end) {
      this.#sent = { behind, end, id: newMessageId() };
    }
    return this.#sent.id;
  }

  /** Answers those that are in the log already or expected another head; returns the others. */
  #admit(batch: readonly QueuedAppend[]): readonly QueuedAppend[] {
    const { copy } = this.#options;
    const admitted = new Map<string, QueuedAppend>();
    const settled = new Set<QueuedAppend>();
    for (const append of batch) {
      const { commandId, expectedSequence } = append;
      const known = copy.sequenceOf(commandId);
      const place = copy.head.sequence + admitted.size;
      if (known !== undefined) {
        settled.add(append);
        append.resolve({ sequence: known, duplicate: true });
      } else if (expectedSequence !== undefined && expectedSequence !== place) {
        // Its own entry, or the one that it expects, may be among those that are not read yet.
        if (append.isInformed === true) {
          settled.add(append);
          append.reject(stale(append, place));
        } else {
          append.isInformed = true;
          this.#tail.lookSoon({ verify: false });
        }
      } else if (!admitted.has(commandId)) {
        admitted.set(commandId, append);
      }
    }
    this.#queue.done(settled);
    return [...admitted.values()];
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isTransient(error: unknown): boolean {
  return isTarsierError(error) && error.consequence === 'transient';
}

function stale({ commandId, expectedSequence }: AppendRequest, head: number): TarsierError {
  return new TarsierError(
    'STALE_SEQUENCE',
    `Cannot append command ${commandId}: it expected the head at ${expectedSequence}, but the head is ${head}. Read on and decide again.`,
    { details: { expected: expectedSequence, head } },
  );
}
