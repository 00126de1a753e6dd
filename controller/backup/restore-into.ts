/** Restores a backup into an empty data folder, which appears when everything in it was verified. */

import { mkdir, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { checkFreeSpace } from '../../link/packages/disk-space.ts';
import { syncDirectory } from '../../replica/drivers/embedded/sync-directory.ts';
import { backupIoFailed } from './backup-errors.ts';
import { keepOwner } from './keep-owner.ts';
import { partialOf, removeLeftovers } from './leftovers.ts';
import { totalBytes } from './manifest.ts';
import { restoreData, type RestoredFigures, type RestoreOptions } from './restore-data.ts';
import type { VerifiedBackup } from './verified-backup.ts';

const NAMES_SHOWN = 5;

/** `RESTORE_NOT_EMPTY` says what is there. Call it before the backup is opened, too: it is quick. */
export async function checkEmpty(dataDir: string): Promise<void> {
  const names = await readdir(dataDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw backupIoFailed(error, dataDir, 'restore into');
  });
  if (names.length === 0) return;
  const shown = names.toSorted().slice(0, NAMES_SHOWN).join(', ');
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : '';
  throw new TarsierError(
    'RESTORE_NOT_EMPTY',
    `Cannot restore into ${dataDir}: it is not empty (${shown}${more}). Nothing was changed.`,
    { details: { dataDir, names: names.slice(0, NAMES_SHOWN) } },
  );
}

/**
 * Builds the folder aside, verifies and syncs it, and renames it: killed at any moment, it is there
 * as a whole or not at all.
 */
export async function restoreInto(
  backup: VerifiedBackup,
  dataDir: string,
  options: RestoreOptions,
): Promise<RestoredFigures> {
  await checkEmpty(dataDir);
  const target = await realpath(dataDir).catch(() => resolve(dataDir));
  const aside = partialOf(target);
  try {
    await mkdir(dirname(target), { recursive: true });
    await removeLeftovers(target);
    await checkReplaceable(target);
    await checkFreeSpace(dirname(target), totalBytes(backup.manifest));
    const figures = await restoreData(backup, aside, options);
    await keepOwner(target, aside);
    await moveIntoPlace(aside, target);
    return figures;
  } catch (error) {
    await rm(aside, { recursive: true, force: true }).catch(() => undefined);
    throw backupIoFailed(error, dataDir, 'restore into');
  }
}

/** Said before the work is done: the root of a disk has another device than the folder it is in. */
async function checkReplaceable(target: string): Promise<void> {
  const found = await stat(target).catch(() => undefined);
  if (found === undefined) return;
  const { dev } = await stat(dirname(target));
  if (found.dev !== dev) throw mountedDisk(target);
}

async function moveIntoPlace(aside: string, target: string): Promise<void> {
  try {
    // An empty folder is replaced; one that has something in it by now refuses.
    await rename(aside, target);
    await syncDirectory(dirname(target));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'EBUSY' || code === 'EXDEV' ? mountedDisk(target, error) : error;
  }
}

function mountedDisk(target: string, cause?: unknown): TarsierError {
  return new TarsierError(
    'BACKUP_IO_FAILED',
    `Cannot restore into ${target}: it is the root of a mounted disk, and cannot be replaced as a whole.`,
    {
      hint: `Restore into a new folder on it, and start the controller with it: --data ${target}/data.`,
      details: { path: target },
      ...(cause === undefined ? {} : { cause }),
    },
  );
}
