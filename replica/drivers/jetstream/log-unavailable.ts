/** The errors of a log that cannot be used now, or here. */

import { TarsierError } from '../../../errors/tarsier-error.ts';

export function logMoved(name: string): TarsierError {
  return new TarsierError(
    'LOG_MOVED',
    `The log ${name} was moved out of this engine by tarsctl migrate-engine. Stop this member: another one goes on alone.`,
  );
}

export function logUnavailable(doing: string, cause?: unknown): TarsierError {
  return new TarsierError(
    'LOG_UNAVAILABLE',
    `Cannot ${doing}: the engine of the log has no majority, or cannot be reached. Nothing that was acknowledged is lost; look at the other members.`,
    cause === undefined ? {} : { cause },
  );
}
