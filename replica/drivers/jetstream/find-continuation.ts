/**
 * Reads from a stream what follows the own copy of a log, whatever happened to either: messages that
 * the engine lost, stored twice or let in although the stream had moved on.
 *
 * The first message that chains to what is known counts, in the order of the stream; all members read
 * the same stream, so all decide alike. A message that belongs to entries that are known already changes
 * nothing. A message that belongs behind entries that are not there is kept back: a later message may
 * bring them (see `repair`).
 */

import { TarsierError } from '../../../errors/tarsier-error.ts';
import type { LogEntry } from '../../core/log.ts';
import { decodeBatch, endOf, type Batch, type Position } from './batch.ts';
import type { LogCopy } from './log-copy.ts';
import type { LogStream, MessagePlace, StoredMessage } from './log-stream.ts';

export type Continuation =
  /** `entries` follow the head of the copy; the stream says all that the copy says. */
  | { readonly kind: 'ahead'; readonly entries: readonly LogEntry[] }
  /** The stream ends at `end`, before the head of the copy: the engine lost what follows. */
  | { readonly kind: 'lost'; readonly end: Position }
  /** Entries behind `end` are missing in the stream, and nobody here has them. */
  | { readonly kind: 'gap'; readonly end: Position; readonly foundAt: number }
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

/** `hint`: sequence of the message at which copy and stream were last seen to agree. */
export async function findContinuation(
  stream: LogStream,
  copy: LogCopy,
  hint: number,
): Promise<Found> {
  const last = await stream.last();
  if (last.payload === undefined) return emptyStream(copy, last);
  const common = await findCommon(stream, copy, Math.min(hint, last.streamSequence));
  if ('trimmed' in common) {
    const continuation = { kind: 'trimmed', start: common.trimmed } as const;
    return { continuation, last: startOfStream };
  }
  return readOn(stream, copy, common, last);
}

/** What one message means for a reader at `head`. */
export type Meaning =
  | { readonly kind: 'follows'; readonly entries: readonly LogEntry[] }
  | { readonly kind: 'known' }
  | { readonly kind: 'behind-gap' };

export function meaningOf(batch: Batch, head: Position): Meaning {
  const { after, entries } = batch;
  if (after.sequence === head.sequence) {
    return after.hash === head.hash ? { kind: 'follows', entries } : { kind: 'known' };
  }
  if (after.sequence > head.sequence) return { kind: 'behind-gap' };
  const at = entries.findIndex(({ sequence }) => sequence === head.sequence);
  if (at === -1 || entries[at]?.hash !== head.hash) return { kind: 'known' };
  return { kind: 'follows', entries: entries.slice(at + 1) };
}

/** The batch in a message; `LOG_TOO_NEW` for one of a newer version, `undefined` for no batch at all. */
export function readMessage({ streamSequence, payload }: StoredMessage): Batch | undefined {
  const batch = decodeBatch(payload);
  if (batch === 'damaged') return undefined;
  if (batch !== 'too-new') return batch;
  throw new TarsierError(
    'LOG_TOO_NEW',
    `Message ${streamSequence} of the log was written by a newer version, whose format this one does not know. Upgrade this member.`,
  );
}

function emptyStream({ head }: LogCopy, last: MessagePlace): Found {
  const continuation: Continuation =
    head.sequence === 0 ? { kind: 'ahead', entries: [] } : { kind: 'lost', end: startOfLog };
  return { continuation, last };
}

/** Before the first message. */
export const startOfStream: MessagePlace = { streamSequence: 0, id: '' };

const startOfLog: Position = { sequence: 0, hash: '0'.repeat(64) };

/** Up to this message, copy and stream say the same. */
interface Agreement {
  readonly position: Position;
  readonly streamSequence: number;
}

type Common = Agreement | { readonly trimmed: Position };

/** The newest message whose end the copy has, too; looked for backwards in growing steps. */
async function findCommon(stream: LogStream, copy: LogCopy, hint: number): Promise<Common> {
  for (let step = 1, at = hint; at > 0; at -= step, step *= 2) {
    const message = await stream.next(at);
    const batch = message && readMessage(message);
    if (message === undefined || batch === undefined) continue;
    const end = endOf(batch);
    if ((await copy.hashAt(end.sequence)) === end.hash) {
      return { position: end, streamSequence: message.streamSequence };
    }
  }
  return beginning(stream, copy);
}

async function beginning(stream: LogStream, copy: LogCopy): Promise<Common> {
  for (let at = 1; ;) {
    const message = await stream.next(at);
    if (message === undefined) return { position: startOfLog, streamSequence: at - 1 };
    const batch = readMessage(message);
    if (batch !== undefined) {
      const { after } = batch;
      if (after.sequence > copy.head.sequence) return { trimmed: after };
      return { position: after, streamSequence: message.streamSequence - 1 };
    }
    at = message.streamSequence + 1;
  }
}

async function readOn(
  stream: LogStream,
  copy: LogCopy,
  { position: start, streamSequence: before }: Agreement,
  last: MessagePlace,
): Promise<Found> {
  if ((await copy.hashAt(start.sequence)) !== start.hash && start.sequence >= copy.first - 1) {
    return { continuation: { kind: 'forked', at: start }, last };
  }
  const to = last.streamSequence;
  const reader = new Reader(copy, start);
  let next = before + 1;
  while (next <= to) {
    const messages = await stream.readFromLeader(next, Math.min(to, next + MESSAGES_PER_READ - 1));
    for (const message of messages) await reader.take(message);
    const read = messages.at(-1);
    if (read === undefined) {
      const following = await stream.next(next);
      if (following === undefined || following.streamSequence > to) break;
      next = following.streamSequence;
    } else {
      next = read.streamSequence + 1;
    }
  }
  return { continuation: reader.result(), last };
}

class Reader {
  readonly #copy: LogCopy;
  readonly #fresh: LogEntry[] = [];
  #position: Position;
  /** The first message that was kept back, and where those that were end. */
  #gap: { readonly foundAt: number; readonly upTo: number } | undefined;
  #forkedAt: Position | undefined;

  constructor(copy: LogCopy, start: Position) {
    this.#copy = copy;
    this.#position = start;
  }

  async take(message: StoredMessage): Promise<void> {
    const batch = readMessage(message);
    if (batch === undefined || this.#forkedAt !== undefined) return;
    const meaning = meaningOf(batch, this.#position);
    if (meaning.kind === 'behind-gap') {
      const { foundAt = message.streamSequence, upTo = 0 } = this.#gap ?? {};
      this.#gap = { foundAt, upTo: Math.max(upTo, endOf(batch).sequence) };
    }
    if (meaning.kind !== 'follows') return;
    for (const entry of meaning.entries) {
      const isKnown = entry.sequence <= this.#copy.head.sequence;
      // What the copy has trimmed cannot be compared any more.
      const known = isKnown ? await this.#copy.hashAt(entry.sequence) : undefined;
      if (known !== undefined && known !== entry.hash) {
        this.#forkedAt = this.#position;
        return;
      }
      if (!isKnown) this.#fresh.push(entry);
      this.#position = { sequence: entry.sequence, hash: entry.hash };
    }
  }

  result(): Continuation {
    const end = this.#position;
    if (this.#forkedAt !== undefined) return { kind: 'forked', at: this.#forkedAt };
    if (end.sequence < this.#copy.head.sequence) return { kind: 'lost', end };
    const gap = this.#gap;
    if (gap !== undefined && gap.upTo > end.sequence) {
      return { kind: 'gap', end, foundAt: gap.foundAt };
    }
    return { kind: 'ahead', entries: this.#fresh };
  }
}
