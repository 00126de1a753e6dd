/**
 * The closed registry of error codes. Codes are never reused; `docs/errors.md` has a row for each,
 * and a test compares the two. Faults of a repository are in `spec/fault-codes.ts`.
 */

import type { Consequence } from './tarsier-error.ts';

export interface ErrorRow {
  readonly consequence: Consequence;
  /** What it means, for the documentation. */
  readonly meaning: string;
  /** What to do about it, for the documentation. */
  readonly remedy: string;
}

const rows = {
  DEFECT: {
    consequence: 'defect',
    meaning: 'An invariant of Tarsier itself does not hold.',
    remedy: 'Report it with the log; the supervisor restarts the process.',
  },
  USAGE: {
    consequence: 'terminal',
    meaning: 'A command or request was called with arguments that do not fit.',
    remedy: 'Read the message; `tarsctl help <command>` shows the arguments.',
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof rows;

export const errorCodes: Readonly<Record<ErrorCode, ErrorRow>> = rows;
