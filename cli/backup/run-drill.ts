/** Proves that a backup can be restored: does it in a scratch folder, and says what was found. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backupIoFailed } from '../../controller/backup/backup-errors.ts';
import { totalBytes } from '../../controller/backup/manifest.ts';
import { openBackup } from '../../controller/backup/open-backup.ts';
import { restoreData } from '../../controller/backup/restore-data.ts';
import { checkFreeSpace } from '../../link/packages/disk-space.ts';
import { formatDuration } from '../../registry/status/render/format-time.ts';
import { selectFormat, type CliContext } from '../context.ts';
import { dataFormats, printedAsData } from '../patch/packages.ts';
import { readVersion } from '../version.ts';
import { BackupProgress } from './backup-progress.ts';
import { readIdentities } from './read-identities.ts';
import { removeOnSignal } from './remove-on-signal.ts';
import { restoredText } from './restored-text.ts';

export interface DrillWish {
  readonly backup: string;
  readonly identityFile?: string;
  /** The folder for temporary files by default. */
  readonly scratch?: string;
}

export async function runDrill(context: CliContext, wish: DrillWish): Promise<void> {
  const { backup: where, scratch = tmpdir() } = wish;
  const { style, stderr, stdout } = context;
  selectFormat(context, dataFormats);
  const startedAt = performance.now();
  const progress = new BackupProgress(context, 'restoring on trial');
  const folder = await mkdtemp(join(scratch, 'tarsier-drill-')).catch((error: unknown) => {
    throw backupIoFailed(error, scratch, 'make a scratch folder in');
  });
  const forget = removeOnSignal(folder);
  try {
    const identities = await readIdentities(wish.identityFile);
    const backup = await openBackup(where, { identities, onBytes: progress.add });
    try {
      progress.start(totalBytes(backup.manifest));
      await checkFreeSpace(folder, totalBytes(backup.manifest));
      const data = join(folder, 'data');
      const figures = await restoreData(backup, data, { where, version: readVersion() });
      progress.stop();
      const { manifest } = backup;
      const now = Date.now();
      const tookMs = Math.round(performance.now() - startedAt);
      const ageMs = now - manifest.createdAt;
      const verdict = { verdict: 'restorable', backup: where, ageMs, tookMs, ...figures };
      if (await printedAsData(context, verdict)) return;
      stdout.write(
        `${style.good('✔')} ${style.strong(where)} can be restored; it took ${formatDuration(tookMs)}\n${restoredText(manifest, figures, now)}`,
      );
    } finally {
      await backup.close();
    }
  } catch (error) {
    progress.stop();
    stderr.write(`${style.bad('✗')} ${where} cannot be restored as it is.\n`);
    throw backupIoFailed(error, folder, 'restore into');
  } finally {
    progress.stop();
    await rm(folder, { recursive: true, force: true });
    forget();
  }
}
