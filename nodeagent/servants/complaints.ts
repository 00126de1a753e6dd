/** Coded log lines about what callers did, few enough that no flood of calls fills the log. */

import type { Logger } from 'pino';
import type { ErrorCode } from '../../errors/codes.ts';
import { LogThrottle } from '../../tars/rpc/log-throttle.ts';
import { boundedText } from './rules/bounded-text.ts';

const LINES_PER_SECOND_MAX = 10;
const FIELD_CHARACTERS_MAX = 128;

export class Complaints {
  readonly #log: Logger;
  readonly #throttle = new LogThrottle(LINES_PER_SECOND_MAX);

  constructor(log: Logger) {
    this.#log = log;
  }

  /** `message` is constant; what varies is in `fields`. */
  add(code: ErrorCode, message: string, fields: Readonly<Record<string, string | number>>): void {
    const suppressed = this.#throttle.admit(performance.now());
    if (suppressed === undefined) return;
    const bounded = Object.entries(fields).map(([name, value]) => [name, shown(value)] as const);
    this.#log.warn({ code, ...Object.fromEntries(bounded), suppressed }, message);
  }
}

function shown(value: string | number): string | number {
  return typeof value === 'string' ? boundedText(value, FIELD_CHARACTERS_MAX) : value;
}
