/** Finds the message of an entry. */

import { readMessage } from './read-message.ts';
import type { LogStream } from './log-stream.ts';

/**
 * Sequence of the newest message, up to `last`, that begins at or before the entry; `undefined` when
 * there is none. Repaired streams have messages twice: any of them will do.
 */
export async function findMessageOf(
  stream: LogStream,
  last: number,
  entry: number,
): Promise<number | undefined> {
  let found: number | undefined;
  for (let low = 1, high = last; low <= high;) {
    const middle = Math.floor((low + high) / 2);
    const message = await stream.next(middle);
    const batch = message && readMessage(message);
    if (message === undefined || batch === undefined || batch.after.sequence >= entry) {
      high = middle - 1;
    } else {
      found = message.streamSequence;
      low = message.streamSequence + 1;
    }
  }
  return found;
}
