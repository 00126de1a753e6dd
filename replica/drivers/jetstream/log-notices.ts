/** What members of one log tell each other beside it: what was just stored, and what is missing. */

import type { Signals } from '../../core/signals.ts';
import type { StoredMessage } from './log-stream.ts';
import { newMessageId } from './message-id.ts';

export interface NoticeListeners {
  onStored(message: StoredMessage): void;
  /** Somebody cannot read on without the entry. */
  onMissing(sequence: number): void;
  /** Of the own copy. */
  head(): number;
}

/** Larger messages are read from the stream. */
const TOLD_BYTES_MAX = 128 * 1024;
const SEQUENCE_BYTES = 8;
const ID_BYTES = 16;
const ASK_EVERY_MS = 1_000;

export class LogNotices {
  readonly #signals: Signals;
  readonly #stored: string;
  readonly #missing: string;
  readonly #who: string;
  readonly #known: string;
  readonly #unsubscribe: readonly (() => void)[];
  /** Tells answers of different members apart. */
  readonly #own = newMessageId();
  #askedAtMs = -Infinity;

  constructor(name: string, signals: Signals, listeners: NoticeListeners) {
    this.#signals = signals;
    this.#stored = `log.${name}.stored`;
    this.#missing = `log.${name}.missing`;
    this.#who = `log.${name}.who`;
    this.#known = `log.${name}.known`;
    this.#unsubscribe = [
      signals.subscribe(this.#stored, (bytes) => listeners.onStored(readStored(bytes))),
      signals.subscribe(this.#missing, (bytes) => listeners.onMissing(readNumber(bytes))),
      signals.subscribe(this.#who, () => {
        const answer = { from: this.#own, head: listeners.head() };
        signals.publish(this.#known, new TextEncoder().encode(JSON.stringify(answer)));
      }),
    ];
  }

  tellStored({ streamSequence, id, payload }: StoredMessage): void {
    const told = payload.length <= TOLD_BYTES_MAX ? payload : new Uint8Array();
    const bytes = Buffer.alloc(SEQUENCE_BYTES + ID_BYTES + told.length);
    bytes.writeDoubleBE(streamSequence);
    bytes.write(id, SEQUENCE_BYTES, 'latin1');
    bytes.set(told, SEQUENCE_BYTES + ID_BYTES);
    this.#signals.publish(this.#stored, bytes);
  }

  askFor(sequence: number): void {
    if (performance.now() - this.#askedAtMs < ASK_EVERY_MS) return;
    this.#askedAtMs = performance.now();
    this.#signals.publish(this.#missing, writeNumber(sequence));
  }

  /** Up to where each of the others knows the log: until so many have answered, or time is up. */
  async askWhoKnows(waitMs: number, others: number): Promise<readonly number[]> {
    const heads = new Map<string, number>();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, others === 0 ? 0 : waitMs);
    const stop = this.#signals.subscribe(this.#known, (bytes) => {
      const answer = readAnswer(bytes);
      if (answer !== undefined && answer.from !== this.#own) heads.set(answer.from, answer.head);
      if (heads.size >= others) resolve();
    });
    this.#signals.publish(this.#who, new Uint8Array());
    await promise;
    clearTimeout(timer);
    stop();
    return [...heads.values()];
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }
}

function readStored(bytes: Uint8Array): StoredMessage {
  const payloadStart = SEQUENCE_BYTES + ID_BYTES;
  const id = Buffer.from(bytes.subarray(SEQUENCE_BYTES, payloadStart)).toString('latin1');
  return { streamSequence: readNumber(bytes), id, payload: bytes.subarray(payloadStart) };
}

function writeNumber(value: number): Uint8Array {
  const bytes = new Uint8Array(SEQUENCE_BYTES);
  new DataView(bytes.buffer).setFloat64(0, value);
  return bytes;
}

interface Answer {
  readonly from: string;
  readonly head: number;
}

function readAnswer(bytes: Uint8Array): Answer | undefined {
  try {
    const { from, head } = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Answer>;
    const isAnswer = typeof from === 'string' && Number.isSafeInteger(head);
    return isAnswer ? { from, head: head ?? 0 } : undefined;
  } catch {
    return undefined;
  }
}

function readNumber(bytes: Uint8Array): number {
  if (bytes.length < SEQUENCE_BYTES) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0);
}
