/** Where a new log begins: at the very beginning, or behind a position of the log that it goes on from. */

import { TarsierError } from '../../../errors/tarsier-error.ts';
import { GENESIS_HASH } from '../../core/hash-chain.ts';

/** The position before the first entry: that entry has the next sequence and is chained to the hash. */
export interface LogStart {
  readonly sequence: number;
  /** The hash of the entry at `sequence`, lower-case hex. */
  readonly hash: string;
}

export const BEGINNING: LogStart = { sequence: 0, hash: GENESIS_HASH };

const hashPattern = /^[0-9a-f]{64}$/;

/** `USAGE` for a position that no log has. */
export function checkStart({ sequence, hash }: LogStart): void {
  const whole = Number.isSafeInteger(sequence) && sequence >= 0 && hashPattern.test(hash);
  if (whole && (sequence > 0 || hash === GENESIS_HASH)) return;
  throw new TarsierError(
    'USAGE',
    `Cannot start a log at sequence ${sequence} with hash ${JSON.stringify(hash.slice(0, 70))}: no log has that position.`,
  );
}

export function notEmpty(file: string, startAt: LogStart, head: LogStart): TarsierError {
  return new TarsierError(
    'LOG_NOT_EMPTY',
    `Cannot start the log ${file} behind entry ${startAt.sequence}: there is a log already, and it ends with entry ${head.sequence}. Choose an empty directory.`,
    { details: { file, startAt: startAt.sequence, head: head.sequence } },
  );
}
