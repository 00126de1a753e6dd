/** The one error class: a stable code, what happened to which object, and what to do next. */

import { errorCodes, type ErrorCode } from './codes.ts';
import type { Consequence } from './error-row.ts';

export interface TarsierErrorOptions {
  /** What to do next, in one sentence. Overrides the hint of the code's row. */
  readonly hint?: string;
  /** Machine-readable facts; never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

export class TarsierError extends Error {
  readonly code: ErrorCode;
  readonly consequence: Consequence;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: TarsierErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TarsierError';
    this.code = code;
    this.consequence = errorCodes[code].consequence;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }
}

export function isTarsierError(value: unknown): value is TarsierError {
  return value instanceof TarsierError;
}
