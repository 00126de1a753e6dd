/** Error codes that any part may use. */

import type { ErrorRow } from '../error-row.ts';

export const generalCodes = {
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
