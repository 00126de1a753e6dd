/** Stores entries again that the engine lost, from the copy of a member. */

import { encodeBatch, endOf, type Batch } from './batch.ts';
import type { LogCopy } from './log-copy.ts';
import type { LogStream, MessagePlace } from './log-stream.ts';
import { newMessageId } from './message-id.ts';
import { logUnavailable } from './log-unavailable.ts';

export interface PutBackOptions {
  readonly stream: LogStream;
  readonly copy: LogCopy;
  /** The first entry that is missing. */
  readonly from: number;
  /** The last message of the stream. */
  readonly after: MessagePlace;
}

const ENTRIES_MAX = 1_000;
const BYTES_MAX = 512 * 1024;

/**
 * Everything from `from` to the head of the copy. Returns the last message, or
 * `undefined` when the stream has moved on meanwhile: then somebody else may have done it.
 */
export async function putBack(options: PutBackOptions): Promise<MessagePlace | undefined> {
  const { stream, copy, after } = options;
  await copy.settled();
  // What no copy keeps any more is older than every snapshot that counts.
  const from = Math.max(options.from, copy.first);
  let last = after;
  for (let next = from; next <= copy.head.sequence;) {
    const batch = { ...(await nextBatch(copy, last.id, next)), upTo: copy.head.sequence };
    const payload = encodeBatch(batch);
    // Not the id of the first time: the engine may remember that one although the message is gone.
    const id = newMessageId();
    const outcome = await stream.publish(payload, { expectedLast: last, id });
    if (outcome.kind === 'unknown') throw logUnavailable('put lost entries back', outcome.cause);
    if (outcome.kind === 'stale' || outcome.streamSequence !== last.streamSequence + 1) {
      return undefined;
    }
    last = { streamSequence: outcome.streamSequence, id };
    next = endOf(batch).sequence + 1;
  }
  if (from > options.from) await stream.forgetBefore(after.streamSequence + 1);
  return last;
}

async function nextBatch(
  copy: LogCopy,
  behind: string,
  from: number,
): Promise<Omit<Batch, 'upTo'>> {
  const entries = await copy.read(from, ENTRIES_MAX);
  const hash = await copy.hashAt(from - 1);
  if (hash === undefined || entries.length === 0) throw logUnavailable('read the own copy');
  let bytes = 0;
  let count = 0;
  for (const { payload } of entries) {
    if (count > 0 && bytes + payload.length > BYTES_MAX) break;
    bytes += payload.length;
    count += 1;
  }
  return { behind, after: { sequence: from - 1, hash }, entries: entries.slice(0, count) };
}
