/** What a message of the stream is, and what it means for a reader. */

import { TarsierError } from '../../../errors/tarsier-error.ts';
import type { LogEntry } from '../../core/log.ts';
import { decodeBatch, type Batch, type Position } from './batch.ts';
import type { StoredMessage } from './log-stream.ts';

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
