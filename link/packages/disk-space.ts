/** Whether a disk has room for a package, asked before and recognised after. */

import { statfs } from 'node:fs/promises';
import { TarsierError } from '../../errors/tarsier-error.ts';

/** Throws `DISK_FULL` unless `neededBytes` are free for this user. */
export async function checkFreeSpace(folder: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes) return;
  throw new TarsierError(
    'DISK_FULL',
    `The disk of ${folder} has ${freeBytes} bytes free, and ${neededBytes} are needed.`,
    { details: { folder, freeBytes, neededBytes } },
  );
}

export function isDiskFull(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') return true;
  return cause !== undefined && isDiskFull(cause);
}

export function diskFull(path: string, cause: unknown): TarsierError {
  return new TarsierError('DISK_FULL', `The disk is full: ${path} cannot be written.`, { cause });
}
