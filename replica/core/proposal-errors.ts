/** What becomes of errors on the way from the log to the proposer. */

import { TarsierError, isTarsierError } from '../../errors/tarsier-error.ts';
import type { AppendRequest } from './log.ts';

/** Worth another try under the same id. */
export function isTransient(error: unknown): boolean {
  return (
    isTarsierError(error) && error.consequence === 'transient' && error.code !== 'STALE_SEQUENCE'
  );
}

/** With the id under which the proposer can go on. */
export function withId(error: unknown, { commandId }: AppendRequest): unknown {
  if (!isTarsierError(error)) return error;
  return new TarsierError(error.code, error.message, {
    details: { ...error.details, commandId },
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}

export function forgotten(commandId: string, sequence: number): never {
  throw new TarsierError(
    'COMMAND_RESULT_FORGOTTEN',
    `Command ${commandId} was applied before, as entry ${sequence}, but its result is no longer kept. Read the state.`,
    { details: { commandId, sequence } },
  );
}
