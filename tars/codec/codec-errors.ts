/** What reading and writing TARS values throw, and nothing else. */

import { TarsierError } from '../../errors/tarsier-error.ts';

/** Bytes that are no TARS value of the expected type. Says nothing about our own state. */
export class TarsDecodeError extends TarsierError {
  constructor(message: string) {
    super('TARS_DECODE', message);
    this.name = 'TarsDecodeError';
  }
}

/** A value that its declared type cannot hold. */
export class TarsEncodeError extends TarsierError {
  constructor(message: string) {
    super('TARS_ENCODE', message);
    this.name = 'TarsEncodeError';
  }
}
