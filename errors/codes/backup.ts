/** Error codes of backups and of restoring them. */

import type { ErrorRow } from '../error-row.ts';

export const backupCodes = {
  BACKUP_INCOMPLETE: {
    consequence: 'terminal',
    meaning:
      'A package that the patch store names is missing or damaged, so a backup would not be whole.',
    remedy:
      'Push the package again under its version, or delete the version if nothing needs it; then back up again.',
  },
  BACKUP_DAMAGED: {
    consequence: 'terminal',
    meaning: 'A backup was cut, changed, or is none: something in it does not match its checksums.',
    remedy: 'Use another backup, or copy this one again. Nothing was changed.',
  },
  BACKUP_TOO_NEW: {
    consequence: 'terminal',
    meaning: 'A backup was written by a newer version whose format this one does not know.',
    remedy: 'Restore it with the version that wrote it, or a newer one.',
  },
  BACKUP_KEY_WRONG: {
    consequence: 'terminal',
    meaning: 'A backup is encrypted, and none of the given keys opens it.',
    remedy: 'Give the file with the secret key of one of its recipients: `--identity FILE`.',
  },
  BACKUP_EXISTS: {
    consequence: 'terminal',
    meaning: 'There is something already where a backup was to be written.',
    remedy: 'Give another name: a backup never replaces another one.',
  },
  BACKUP_IO_FAILED: {
    consequence: 'terminal',
    meaning:
      'The file system refused to read or write a backup, or the folder it is restored into.',
    remedy: 'Look at the path that the message names, its permissions and its disk.',
  },
  RESTORE_NOT_EMPTY: {
    consequence: 'terminal',
    meaning: 'A backup was to be restored into a folder that has something in it.',
    remedy:
      'Move what is there aside (never delete it before the restored controller runs), or name another folder.',
  },
} as const satisfies Record<string, ErrorRow>;
