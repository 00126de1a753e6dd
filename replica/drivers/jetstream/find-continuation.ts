/**
 * Reads from a stream what follows the own copy of a log, whatever happened to either: messages that
 * the engine lost, stored twice or let in although the stream had moved on.
 *
 * The first message that chains to what is known counts, in the order of the stream; all members read
 * the same stream, so all decide alike. A message that belongs to entries that are known already changes
 * nothing. A message that belongs behind entries that are not there is kept back: a later message may
 * bring them (see `repair`).
 */

import { GENESIS_HASH } from '../../core/hash-chain.ts';
import type { LogEntry } from '../../core/log.ts';
import { endOf, type Position } from './batch.ts';
import type { LogCopy } from './log-copy.ts';
import type { LogStream, MessagePlace, StoredMessage } from './log-stream.ts';
import { meaningOf, readMessage } from './read-message.ts';

export type Continuation =
  /** `entries` follow the head of the copy; the stream says all that the copy says. */
  | { readonly kind: 'ahead'; readonly entries: readonly LogEntry[] }
  /** The stream ends at `end`, before the head of the copy: the engine lost what follows. */
  | { readonly kind: 'lost'; readonly end: Position }
  /** Entries behind `end` are missing in the stream, or are being put back; nobody here has them. */
  | { readonly kind: 'gap'; readonly end: Position }
  /** The stream begins behind the head of the copy. */
  | { readonly kind: 'trimmed'; readonly start: Position }
  /** Behind `at` the stream has other entries than the copy. */
  | { readonly kind: 'forked'; readonly at: Position };

export interface Found {
  readonly continuation: Continuation;
  /** The last message that was looked at. */
  readonly last: MessagePlace;
}

const MESSAGES_PER_READ = 500;

/** Before the first message. */
export const startOfStream: MessagePlace = { streamSequence: 0, id: '' };

/**
 * `agreed`: the message up to which the copy is known to say what the stream says. Without it, or when
 * another message is there by now, everything that the stream keeps is read: only that tells which
 * of several messages counts.
 */
export async function findContinuation(
  stream: LogStream,
  copy: LogCopy,
  agreed: MessagePlace | undefined,
): Promise<Found> {
  const last = await stream.last();
  const start = (await goOnFrom(stream, copy, agreed)) ?? (await beginning(stream));
  const { position } = start;
  if (position.sequence > copy.head.sequence) {
    return { continuation: { kind: 'trimmed', start: position }, last: startOfStream };
  }
  const known = await copy.hashAt(position.sequence);
  // What the copy has trimmed cannot be compared any more.
  if (known !== undefined && known !== position.hash) {
    return { continuation: { kind: 'forked', at: position }, last };
  }
  return readOn(stream, copy, start, last);
}

interface Start {
  readonly position: Position;
  /** The first message to read. */
  readonly next: number;
}

async function goOnFrom(
  stream: LogStream,
  { head }: LogCopy,
  agreed: MessagePlace | undefined,
): Promise<Start | undefined> {
  if (agreed === undefined || agreed.streamSequence === 0) return undefined;
  const found = await stream.next(agreed.streamSequence);
  if (found?.id !== agreed.id) return undefined;
  return { position: head, next: agreed.streamSequence + 1 };
}

async function beginning(stream: LogStream): Promise<Start> {
  for (let at = 1; ;) {
    const message = await stream.next(at);
    if (message === undefined) return { position: startOfLog, next: at };
    const batch = readMessage(message);
    if (batch !== undefined) return { position: batch.after, next: message.streamSequence };
    at = message.streamSequence + 1;
  }
}

const startOfLog: Position = { sequence: 0, hash: GENESIS_HASH };

async function readOn(
  stream: LogStream,
  copy: LogCopy,
  start: Start,
  last: MessagePlace,
): Promise<Found> {
  const to = last.streamSequence;
  const reader = new Reader(copy, start.position);
  for (let next = start.next; next <= to;) {
    const end = Math.min(to, next + MESSAGES_PER_READ - 1);
    const messages = await stream.readFromLeader(next, end);
    for (const message of messages) await reader.take(message);
    const read = messages.at(-1)?.streamSequence ?? (await skipMissing(stream, next)) - 1;
    next = read + 1;
  }
  return { continuation: reader.result(), last };
}

/** The next message that is there. */
async function skipMissing(stream: LogStream, from: number): Promise<number> {
  const found = await stream.next(from);
  return found?.streamSequence ?? Infinity;
}

class Reader {
  readonly #copy: LogCopy;
  readonly #fresh: LogEntry[] = [];
  #position: Position;
  /** As far as messages say that entries come or came. */
  #promised = 0;
  #forkedAt: Position | undefined;

  constructor(copy: LogCopy, start: Position) {
    this.#copy = copy;
    this.#position = start;
  }

  async take(message: StoredMessage): Promise<void> {
    const batch = readMessage(message);
    if (batch === undefined || this.#forkedAt !== undefined) return;
    const meaning = meaningOf(batch, this.#position);
    // A message that was let in late promises nothing: who sent it did not acknowledge it.
    if (meaning.kind === 'known') return;
    this.#promised = Math.max(this.#promised, batch.upTo, endOf(batch).sequence);
    if (meaning.kind !== 'follows') return;
    const { sequence: headSequence } = this.#copy.head;
    const fresh = meaning.entries.filter(({ sequence }) => sequence > headSequence);
    const lastKnown = meaning.entries[meaning.entries.length - fresh.length - 1];
    // The chain vouches for those before it.
    const known = lastKnown && (await this.#copy.hashAt(lastKnown.sequence));
    if (known !== undefined && known !== lastKnown?.hash) {
      this.#forkedAt = this.#position;
      return;
    }
    this.#fresh.push(...fresh);
    const last = meaning.entries.at(-1);
    if (last !== undefined) this.#position = { sequence: last.sequence, hash: last.hash };
  }

  result(): Continuation {
    const end = this.#position;
    if (this.#forkedAt !== undefined) return { kind: 'forked', at: this.#forkedAt };
    if (end.sequence < this.#copy.head.sequence) return { kind: 'lost', end };
    if (end.sequence < this.#promised) return { kind: 'gap', end };
    return { kind: 'ahead', entries: this.#fresh };
  }
}
