/** Restores a backup into an empty data folder. */

import { resolve } from 'node:path';
import { partialOf } from '../../controller/backup/leftovers.ts';
import { totalBytes } from '../../controller/backup/manifest.ts';
import { openBackup } from '../../controller/backup/open-backup.ts';
import { checkEmpty, restoreInto } from '../../controller/backup/restore-into.ts';
import { formatDuration } from '../../registry/status/render/format-time.ts';
import { selectFormat, type CliContext } from '../context.ts';
import { dataFormats, printedAsData } from '../patch/packages.ts';
import { readVersion } from '../version.ts';
import { BackupProgress } from './backup-progress.ts';
import { readIdentities } from './read-identities.ts';
import { removeOnSignal } from './remove-on-signal.ts';
import { restoredText } from './restored-text.ts';

export interface RestoreWish {
  readonly backup: string;
  readonly identityFile?: string;
  readonly dataDir: string;
}

export async function runRestore(context: CliContext, wish: RestoreWish): Promise<void> {
  const { backup: where, dataDir } = wish;
  selectFormat(context, dataFormats);
  await checkEmpty(dataDir);
  const startedAt = performance.now();
  const progress = new BackupProgress(context, 'restoring');
  const forget = removeOnSignal(partialOf(resolve(dataDir)));
  try {
    const identities = await readIdentities(wish.identityFile);
    const backup = await openBackup(where, { identities, onBytes: progress.add });
    progress.start(totalBytes(backup.manifest));
    const figures = await restoreInto(backup, dataDir, { where, version: readVersion() }).finally(
      () => backup.close(),
    );
    progress.stop();
    const tookMs = Math.round(performance.now() - startedAt);
    if (await printedAsData(context, { backup: where, dataDir, tookMs, ...figures })) return;
    const { style, stdout } = context;
    stdout.write(
      `${style.good('✔')} restored ${where} into ${style.strong(dataDir)} in ${formatDuration(tookMs)}\n` +
        restoredText(backup.manifest, figures, Date.now()) +
        `Next: tarsctl controller --data ${dataDir} --repo … (as the lost one was started)\n`,
    );
  } finally {
    progress.stop();
    forget();
  }
}
