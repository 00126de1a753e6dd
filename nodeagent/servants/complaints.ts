/** Coded log lines about what callers did, few enough that no flood of calls fills the log. */

import type { Logger } from 'pino';
import type { ErrorCode } from '../../errors/codes.ts';
import { LogThrottle } from '../../tars/rpc/log-throttle.ts';

const LINES_PER_SECOND_MAX = 10;

export class Complaints {
  readonly #log: Logger;
  readonly #throttle = new LogThrottle(LINES_PER_SECOND_MAX);

  constructor(log: Logger) {
    this.#log = log;
  }

  /** `message` is constant; what varies is in `fields`. */
  add(code: ErrorCode, message: string, fields: Readonly<Record<string, unknown>>): void {
    const suppressed = this.#throttle.admit(performance.now());
    if (suppressed !== undefined) this.#log.warn({ code, ...fields, suppressed }, message);
  }
}
