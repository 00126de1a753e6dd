/** Says what an error of SQLite or of the file system means for the owner of a log or blob. */

import { TarsierError, isTarsierError } from '../../../errors/tarsier-error.ts';

/** Primary result codes of SQLite (https://sqlite.org/rescode.html). */
const BUSY = 5;
const FULL = 13;
/** An extended code: a write failed, for example at a limit of the file size. */
const IO_ERROR_WRITE = 778;
/** A missing table, a wrong page, a sequence that is there already, a file of another kind. */
const damageCodes = new Set([1, 11, 19, 20, 26]);

/** Full disk, used-up quota, and a file at its size limit. */
const fullCodes = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

function extendedCode(error: unknown): number {
  if (!(error instanceof Error) || !('errcode' in error)) return 0;
  return typeof error.errcode === 'number' ? error.errcode : 0;
}

function sqliteCode(error: unknown): number {
  return extendedCode(error) & 0xff;
}

function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isDamage(error: unknown): boolean {
  // A number that no number can hold was never written by this program.
  return damageCodes.has(sqliteCode(error)) || systemCode(error) === 'ERR_OUT_OF_RANGE';
}

/** True when another process holds the lock of the database. */
export function isBusy(error: unknown): boolean {
  return sqliteCode(error) === BUSY;
}

/** True when the file system has no room for more. */
export function isFull(error: unknown): boolean {
  return sqliteCode(error) === FULL || fullCodes.has(systemCode(error) ?? '');
}

/** True when a write failed before any sync: rolled back, it leaves nothing that could count. */
export function isRefusedWrite(error: unknown): boolean {
  return sqliteCode(error) === FULL || extendedCode(error) === IO_ERROR_WRITE;
}

/** The coded error for a failure of the disk while `doing` something with `file`. */
export function storageFull(error: unknown, file: string, doing: string): TarsierError {
  return new TarsierError(
    'STORAGE_FULL',
    `Cannot ${doing} ${file}: ${reasonOf(error)}. Make space on its disk.`,
    { details: { file }, cause: error },
  );
}

/** The coded error for a log at `file` that failed while `doing` something. */
export function logFault(error: unknown, file: string, doing: string): TarsierError {
  if (isTarsierError(error)) return error;
  if (isDamage(error)) return damagedLog(file, reasonOf(error), error);
  if (isFull(error)) return storageFull(error, file, doing);
  return new TarsierError(
    'LOG_IO_FAILED',
    `Cannot ${doing} ${file}: ${reasonOf(error)}. Look at its disk and its permissions.`,
    { details: { file }, cause: error },
  );
}

/** `LOG_DAMAGED` with what to do. */
export function damagedLog(file: string, reason: string, cause?: unknown): TarsierError {
  return new TarsierError(
    'LOG_DAMAGED',
    `The log ${file} is damaged: ${reason}. Keep its directory as it is and restore it from a backup.`,
    {
      hint: 'docs/replica.md, "When a log is damaged", says how to accept what can still be read.',
      details: { file, reason },
      ...(cause === undefined ? {} : { cause }),
    },
  );
}
