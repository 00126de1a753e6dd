/**
 * Follows the end of the stream: takes what others stored, and sees to it that stream and own copy say
 * the same, whatever the engine lost. One step at a time; its owner does nothing else meanwhile.
 */

import { TarsierError } from '../../../errors/tarsier-error.ts';
import type { LogEntry } from '../../core/log.ts';
import { findContinuation, startOfStream, type Continuation } from './find-continuation.ts';
import type { LogCopy } from './log-copy.ts';
import type { LogStream, MessagePlace, StoredMessage } from './log-stream.ts';
import { putBack } from './put-back.ts';
import { meaningOf, readMessage } from './read-message.ts';

export interface StreamTailOptions {
  readonly name: string;
  readonly stream: LogStream;
  readonly copy: LogCopy;
  /** The message up to which copy and stream are known to say the same. */
  readonly agreed?: MessagePlace;
  /** The copy knows more than before. */
  onEntries(): void;
  /** How far others know the log, as far as they say so now; 0 without others. */
  askWhoKnows(): Promise<number>;
  /** Nobody can read on without this entry. */
  askFor(sequence: number): void;
  /** Entries of this member are at the end of the stream again. */
  onPutBack(repair: Repair, last: MessagePlace): void;
}

export interface Repair {
  readonly from: number;
  readonly to: number;
  /** Missing at the end of the stream, or between other messages. */
  readonly reason: 'lost' | 'gap';
}

/** Messages that are told before their turn; what is more is read from the stream. */
const INBOX_MAX = 256;
/** How long a member may take between two messages of what it puts back. */
const PROMISE_MS = 3_000;
const LOOK_AGAIN_MS = 50;

export class StreamTail {
  readonly #options: StreamTailOptions;
  #inbox: StoredMessage[] = [];
  /** The last message that was looked at. */
  #at: MessagePlace = startOfStream;
  /** Up to there, stream and copy say the same. */
  #agrees = false;
  /** Entries that another member is putting back: nobody appends before they are there. */
  #promised = 0;
  #promisedAtMs = 0;
  #mustLook = false;
  #mustVerify = false;
  #mustFind = true;
  #putBackFrom: number | undefined;

  constructor(options: StreamTailOptions) {
    this.#options = options;
    if (options.agreed === undefined) return;
    this.#at = options.agreed;
    this.#agrees = true;
    this.#mustFind = false;
    this.#mustLook = true;
  }

  /** The last message that was looked at. */
  get place(): MessagePlace {
    return this.#at;
  }

  get hasWork(): boolean {
    const mustRead = this.#mustLook || this.#mustFind || this.#inbox.length > 0;
    return mustRead || this.#isPromised || this.#putBackFrom !== undefined;
  }

  get #isPromised(): boolean {
    return this.#promised > this.#options.copy.head.sequence;
  }

  /** Somebody stored this message; without a payload it must be read. */
  hear(message: StoredMessage): void {
    if (message.streamSequence <= this.#at.streamSequence) return;
    if (this.#inbox.length < INBOX_MAX) this.#inbox.push(message);
    else this.#mustLook = true;
  }

  /** Something may be new at the end; with `verify`, what is known may be another. */
  lookSoon({ verify }: { readonly verify: boolean }): void {
    this.#mustLook = true;
    this.#mustVerify ||= verify;
  }

  /** Something is not as it should be: compare carefully, `fromStart` everything that is kept. */
  compareSoon({ fromStart }: { readonly fromStart: boolean }): void {
    this.#mustFind = true;
    if (fromStart) this.#agrees = false;
  }

  /** The entries from here on are stored again, if the copy has them. */
  putBackSoon(from: number): void {
    const { copy } = this.#options;
    if (from < copy.first || from > copy.head.sequence) return;
    this.#putBackFrom = Math.min(from, this.#putBackFrom ?? from);
  }

  /** A message that this member stored right behind the last one. */
  advance({ streamSequence, id }: MessagePlace, entries: readonly LogEntry[]): void {
    this.#at = { streamSequence, id };
    this.#options.copy.extend(entries);
    if (entries.length > 0) this.#options.onEntries();
  }

  /** Does the next thing that must be done. Rejects with `LOG_UNAVAILABLE`, and then can go on. */
  async step(): Promise<void> {
    this.#takeInbox();
    if (this.#mustFind) return this.#find();
    if (this.#mustLook) return this.#look();
    if (this.#putBackFrom !== undefined) return this.#putBack(this.#putBackFrom, 'gap');
    if (this.#isPromised) return this.#awaitPromised();
  }

  /** Takes what follows at once; for everything else the stream itself is looked at. */
  #takeInbox(): void {
    const inbox = this.#inbox;
    if (inbox.length === 0) return;
    this.#inbox = [];
    if (this.#mustFind) return;
    for (const message of inbox.toSorted((a, b) => a.streamSequence - b.streamSequence)) {
      const isNew = message.streamSequence > this.#at.streamSequence;
      if (isNew && !this.#takeNext(message)) this.#mustLook = true;
    }
  }

  /** False when the message is not simply the next one. */
  #takeNext(message: StoredMessage): boolean {
    if (message.streamSequence !== this.#at.streamSequence + 1) return false;
    const batch = readMessage(message);
    if (batch === undefined || batch.behind !== this.#at.id) return false;
    const meaning = meaningOf(batch, this.#options.copy.head);
    if (meaning.kind !== 'follows') return false;
    this.advance(message, meaning.entries);
    if (batch.upTo > this.#promised) {
      this.#promised = batch.upTo;
      this.#promisedAtMs = performance.now();
    }
    return true;
  }

  /** Compares the end of the stream with what is known, and reads what is new. */
  async #look(): Promise<void> {
    this.#mustLook = false;
    try {
      const { last } = await this.#options.stream.state();
      const at = this.#at.streamSequence;
      if (last === at) return await this.#verifyLast();
      if (last < at || !(await this.#readUpTo(last))) this.#mustFind = true;
    } catch (error) {
      this.#mustLook = true;
      throw error;
    }
  }

  /** False when something else than the next messages is there. */
  async #readUpTo(last: number): Promise<boolean> {
    const { stream, copy } = this.#options;
    while (this.#at.streamSequence < last) {
      await copy.roomForMore();
      const { streamSequence, id } = this.#at;
      // From the last known one on: is it still the same?
      const [known, ...next] = await stream.read(Math.max(1, streamSequence), last);
      if (known === undefined) return false;
      const messages = streamSequence === 0 ? [known, ...next] : next;
      if (streamSequence > 0 && known.id !== id) return false;
      if (messages.length === 0 || !messages.every((one) => this.#takeNext(one))) return false;
    }
    return true;
  }

  async #verifyLast(): Promise<void> {
    if (!this.#mustVerify) return;
    const { streamSequence, id } = await this.#options.stream.last();
    this.#mustVerify = false;
    if (streamSequence > this.#at.streamSequence) this.#mustLook = true;
    else if (streamSequence < this.#at.streamSequence || id !== this.#at.id) this.#mustFind = true;
  }

  /** The careful way: where copy and stream part, and what that means. */
  async #find(): Promise<void> {
    const { stream, copy } = this.#options;
    const found = await findContinuation(stream, copy, this.#agrees ? this.#at : undefined);
    this.#agrees = false;
    if (found.continuation.kind === 'lost') await this.#letOthersFirst();
    this.#follow(found.continuation);
    this.#at = found.last;
    if (found.continuation.kind === 'lost') {
      return this.#putBack(found.continuation.end.sequence + 1, 'lost');
    }
    this.#agrees = true;
    this.#mustFind = false;
    this.#promised = 0;
  }

  /** Whoever puts entries back goes on at once; if not, others are asked for them. */
  async #awaitPromised(): Promise<void> {
    if (performance.now() - this.#promisedAtMs > PROMISE_MS) {
      this.compareSoon({ fromStart: true });
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    this.#mustLook = true;
  }

  #follow(continuation: Continuation): void {
    const { name, copy, askFor, onEntries } = this.#options;
    switch (continuation.kind) {
      case 'ahead':
        copy.extend(continuation.entries);
        if (continuation.entries.length > 0) onEntries();
        return;
      case 'lost':
        return;
      case 'gap':
        askFor(continuation.end.sequence + 1);
        throw new TarsierError(
          'LOG_UNAVAILABLE',
          `Entry ${continuation.end.sequence + 1} of the log ${name} is missing in the engine. A member that has a copy of it puts it back.`,
        );
      case 'trimmed':
        throw new TarsierError(
          'LOG_BEHIND',
          `This member knows the log ${name} up to entry ${copy.head.sequence}, and the others keep it only from ${continuation.start.sequence + 1} on. Start it again: it loads a newer snapshot.`,
        );
      case 'forked':
        throw new TarsierError(
          'LOG_FORKED',
          `Behind entry ${continuation.at.sequence}, the log ${name} of the engine has other entries than the copy of this member (up to ${copy.head.sequence}). Start it again: it puts its copy aside and follows the engine.`,
        );
    }
  }

  /** Who knows more puts it back: what this member appended meanwhile would take its place. */
  async #letOthersFirst(): Promise<void> {
    const { name, copy, askWhoKnows } = this.#options;
    const most = await askWhoKnows();
    if (most <= copy.head.sequence) return;
    throw new TarsierError(
      'LOG_UNAVAILABLE',
      `The engine lost entries of the log ${name}, and another member knows it up to entry ${most}. It puts them back.`,
    );
  }

  async #putBack(from: number, reason: Repair['reason']): Promise<void> {
    const { stream, copy, onPutBack } = this.#options;
    // Until it is done, the stream cannot be trusted.
    this.#mustFind = true;
    this.#putBackFrom = undefined;
    const stored = await putBack({ stream, copy, from, after: this.#at });
    if (stored === undefined) return;
    this.#at = stored;
    this.#agrees = true;
    this.#mustFind = false;
    onPutBack({ from, to: copy.head.sequence, reason }, stored);
  }
}
