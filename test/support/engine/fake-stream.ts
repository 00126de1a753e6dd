/** A stream in memory that misbehaves on request, in the ways that engines do. */

import type {
  LogStream,
  MessagePlace,
  PublishOutcome,
  StoredMessage,
  StreamState,
} from '../../../replica/drivers/jetstream/log-stream.ts';
import { logUnavailable } from '../../../replica/drivers/jetstream/log-unavailable.ts';

/** What happens to the next message. */
export type PublishFault =
  | 'none'
  | 'refused-unanswered'
  | 'stored-unanswered'
  /** On its way for long: it comes in later, if it still may. */
  | 'stored-late'
  /** The check of the expected sequence is forgotten. */
  | 'stale-let-in';

export class FakeStream implements LogStream {
  readonly messageBytesMax = 2 ** 20;
  messages: StoredMessage[] = [];
  isDown = false;
  /** How often its end was looked at. */
  looks = 0;
  /** Taken one per message; `none` when it runs out. */
  readonly faults: PublishFault[] = [];
  readonly #ids = new Map<string, number>();
  readonly #late: { payload: Uint8Array; expectedLast: MessagePlace; id: string }[] = [];
  #last = 0;

  async publish(
    payload: Uint8Array,
    { expectedLast, id }: { readonly expectedLast: MessagePlace; readonly id: string },
  ): Promise<PublishOutcome> {
    const unknown = { kind: 'unknown', cause: new Error('no answer') } as const;
    await turn();
    if (this.isDown) return unknown;
    const fault = this.faults.shift() ?? 'none';
    const known = this.#ids.get(id);
    if (known !== undefined) return { kind: 'stored', streamSequence: known, duplicate: true };
    if (fault === 'refused-unanswered') return unknown;
    if (fault === 'stored-late') {
      this.#late.push({ payload, expectedLast, id });
      return unknown;
    }
    if (!this.#isLast(expectedLast) && fault !== 'stale-let-in') return { kind: 'stale' };
    const streamSequence = this.#store(payload, id);
    this.#ids.set(id, streamSequence);
    for (const late of this.#late.splice(0)) {
      if (this.#isLast(late.expectedLast)) this.#store(late.payload, late.id);
    }
    await turn();
    return fault === 'stored-unanswered'
      ? unknown
      : { kind: 'stored', streamSequence, duplicate: false };
  }

  async last(): Promise<MessagePlace> {
    await this.#answer();
    const newest = this.messages.at(-1);
    return newest?.streamSequence === this.#last ? newest : { streamSequence: this.#last, id: '' };
  }

  async next(streamSequence: number): Promise<StoredMessage | undefined> {
    await this.#answer();
    return this.messages.find((message) => message.streamSequence >= streamSequence);
  }

  async read(from: number, to: number): Promise<readonly StoredMessage[]> {
    await this.#answer();
    const found = this.messages.filter(
      ({ streamSequence }) => streamSequence >= from && streamSequence <= to,
    );
    return found.slice(0, 3);
  }

  readFromLeader(from: number, to: number): Promise<readonly StoredMessage[]> {
    return this.read(from, to);
  }

  async state(): Promise<StreamState> {
    this.looks += 1;
    await this.#answer();
    return { last: this.#last, deleted: this.#missing().length };
  }

  async forgetBefore(streamSequence: number): Promise<void> {
    await this.#answer();
    this.messages = this.messages.filter((message) => message.streamSequence >= streamSequence);
  }

  /** The newest messages are gone, as if they had never been there. */
  loseTail(count: number): void {
    this.messages = this.messages.slice(0, Math.max(0, this.messages.length - count));
    this.#last = this.messages.at(-1)?.streamSequence ?? 0;
    this.#ids.clear();
  }

  /** The newest messages are gone, and the engine goes on counting behind them. */
  loseLast(count: number): void {
    this.messages = this.messages.slice(0, Math.max(0, this.messages.length - count));
    this.#ids.clear();
  }

  /** Messages in the middle are gone; the engine knows that they were there. */
  loseMiddle(from: number, count: number): void {
    const kept = this.messages.filter((_message, index) => index < from || index >= from + count);
    if (kept.at(-1) === this.messages.at(-1)) this.messages = kept;
  }

  #missing(): readonly number[] {
    const there = new Set(this.messages.map(({ streamSequence }) => streamSequence));
    const first = this.messages[0]?.streamSequence ?? this.#last + 1;
    const all = Array.from({ length: this.#last - first + 1 }, (_, index) => first + index);
    return all.filter((sequence) => !there.has(sequence));
  }

  #isLast({ streamSequence, id }: MessagePlace): boolean {
    if (streamSequence !== this.#last) return false;
    const last = this.messages.at(-1);
    return id === '' || (last?.streamSequence === streamSequence && last.id === id);
  }

  #store(payload: Uint8Array, id: string): number {
    this.#last += 1;
    this.messages.push({ streamSequence: this.#last, id, payload });
    return this.#last;
  }

  async #answer(): Promise<void> {
    await turn();
    if (this.isDown) throw logUnavailable('read the stream');
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
