/** The one error for an engine that does not answer now. */

import { TarsierError } from '../../../errors/tarsier-error.ts';

export function logUnavailable(doing: string, cause?: unknown): TarsierError {
  return new TarsierError(
    'LOG_UNAVAILABLE',
    `Cannot ${doing}: the engine of the log has no majority, or cannot be reached. Nothing that was acknowledged is lost; look at the other members.`,
    cause === undefined ? {} : { cause },
  );
}
