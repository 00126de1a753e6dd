/** What can be wrong with a backup, each with the backup's name and what to do. */

import { isTarsierError, TarsierError } from '../../errors/tarsier-error.ts';
import { isFull, storageFull } from '../../replica/drivers/embedded/sqlite-faults.ts';

export function backupDamaged(where: string, reason: string, cause?: unknown): TarsierError {
  return new TarsierError('BACKUP_DAMAGED', `The backup ${where} cannot be used: ${reason}.`, {
    hint: 'Use another backup, or copy this one again from where it was kept whole. Nothing was changed.',
    details: { backup: where, reason },
    ...(cause === undefined ? {} : { cause }),
  });
}

export function backupTooNew(where: string, format: number, known: number): TarsierError {
  return new TarsierError(
    'BACKUP_TOO_NEW',
    `The backup ${where} has format ${format}; this version reads formats up to ${known}.`,
    { details: { backup: where, format, known } },
  );
}

/** What the file system refused while `doing` something with `path`. */
export function backupIoFailed(error: unknown, path: string, doing: string): TarsierError {
  if (isTarsierError(error)) return error;
  if (isFull(error)) return storageFull(error, path, doing);
  const reason = error instanceof Error ? error.message : String(error);
  return new TarsierError('BACKUP_IO_FAILED', `Cannot ${doing} ${path}: ${reason}.`, {
    details: { path },
    cause: error,
  });
}
