/** Takes a backup from a running controller or from a data folder, verifies it on the way, writes it. */

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readTokens } from '../../controller/api/tokens.ts';
import { makeEncrypter } from '../../controller/backup/age-stream.ts';
import { captureBackup } from '../../controller/backup/capture-backup.ts';
import { partialOf } from '../../controller/backup/leftovers.ts';
import {
  totalBytes,
  type BackupFile,
  type BackupManifest,
} from '../../controller/backup/manifest.ts';
import { readTar } from '../../controller/backup/read-tar.ts';
import {
  openVerified,
  type VerifiedBackup,
  type VerifyOptions,
} from '../../controller/backup/verified-backup.ts';
import {
  prepareTarget,
  writeBackup,
  type BackupTarget,
} from '../../controller/backup/write-backup.ts';
import { openStores } from '../../controller/open-stores.ts';
import { isTarsierError, TarsierError } from '../../errors/tarsier-error.ts';
import { formatBytes } from '../../registry/status/render/format-bytes.ts';
import { formatDuration } from '../../registry/status/render/format-time.ts';
import { backupStream } from '../../sdk/typescript/backup-stream.ts';
import { selectFormat, type CliContext } from '../context.ts';
import { dataFormats, printedAsData } from '../patch/packages.ts';
import { readVersion } from '../version.ts';
import { BackupProgress } from './backup-progress.ts';
import { removeOnSignal } from './remove-on-signal.ts';
import { countPackages } from './restored-text.ts';

export interface BackupWish {
  readonly target: string;
  readonly recipients: readonly string[];
  readonly includeTokens: boolean;
  readonly asDirectory: boolean;
  /** Set: the controller of this folder does not run. */
  readonly offlineDataDir?: string;
}

export async function runBackup(context: CliContext, wish: BackupWish): Promise<void> {
  selectFormat(context, dataFormats);
  const target = targetOf(wish);
  await prepareTarget(target);
  const startedAt = performance.now();
  const progress = new BackupProgress(context, 'backing up');
  const forget = removeOnSignal(partialOf(target.path));
  try {
    const verify = { onBytes: progress.add, explain: damagedPackage };
    const { offlineDataDir } = wish;
    const use = async (backup: VerifiedBackup): Promise<void> => {
      progress.start(totalBytes(backup.manifest));
      const sizeBytes = await writeBackup(backup, target).finally(() => backup.close());
      progress.stop();
      const tookMs = performance.now() - startedAt;
      await report(context, wish, { manifest: backup.manifest, sizeBytes, tookMs });
    };
    if (offlineDataDir === undefined) await use(await openOnline(context, wish, verify));
    else await withOffline(offlineDataDir, { wish, verify }, use);
  } finally {
    progress.stop();
    forget();
  }
}

function targetOf({ target, recipients, includeTokens, asDirectory }: BackupWish): BackupTarget {
  if (includeTokens && recipients.length === 0) {
    throw new TarsierError('USAGE', 'Tokens are secrets: they only go into an encrypted backup.', {
      hint: 'Give --recipient age1…, or leave out --include-tokens: new tokens are made when they are missing.',
    });
  }
  const where = { path: resolve(target), asDirectory };
  return recipients.length === 0 ? where : { ...where, encrypter: makeEncrypter(recipients) };
}

type Verify = Omit<VerifyOptions, 'where'>;

function openOnline(
  context: CliContext,
  { includeTokens }: BackupWish,
  verify: Verify,
): Promise<VerifiedBackup> {
  const { serverUrl } = context;
  const where = `from ${serverUrl}`;
  const chunks = backupStream({ serverUrl, token: context.token('admin'), includeTokens });
  return openVerified(readTar(chunks, where), { where, ...verify });
}

/** Holds the lock of the folder until `use` is done. */
async function withOffline(
  dataDir: string,
  { wish, verify }: { readonly wish: BackupWish; readonly verify: Verify },
  use: (backup: VerifiedBackup) => Promise<void>,
): Promise<void> {
  if (!existsSync(join(dataDir, 'registry', 'log.db'))) {
    throw new TarsierError('USAGE', `There is no data of a controller in ${dataDir}.`, {
      hint: 'Give --data FOLDER as the controller was started with.',
    });
  }
  const stores = await openStores(dataDir, () => undefined).catch((error: unknown) => {
    if (!isTarsierError(error) || error.code !== 'LOG_LOCKED') throw error;
    throw new TarsierError('LOG_LOCKED', `The controller of ${dataDir} runs: ${error.message}`, {
      hint: `Take the backup from it: tarsctl --server URL --data ${dataDir} backup …`,
      details: error.details,
      cause: error,
    });
  });
  try {
    const tokens = wish.includeTokens ? await readTokens(join(dataDir, 'tokens')) : undefined;
    const { entries } = await captureBackup(stores, {
      version: readVersion(),
      now: Date.now(),
      ...(tokens === undefined ? {} : { tokens }),
    });
    await use(await openVerified(entries, { where: `from ${dataDir}`, ...verify }));
  } finally {
    await stores.close();
  }
}

/** The controller fills up what it cannot read, so a wrong checksum names the package. */
function damagedPackage({ name, sha256, label }: BackupFile): void {
  if (label === undefined || !name.startsWith('packages/')) return;
  throw new TarsierError(
    'BACKUP_INCOMPLETE',
    `Cannot make a whole backup: the content of package ${label} (sha256:${sha256}) is damaged. Nothing was kept.`,
    { details: { package: label, digest: `sha256:${sha256}` } },
  );
}

async function report(
  context: CliContext,
  { target, recipients, includeTokens }: BackupWish,
  done: {
    readonly manifest: BackupManifest;
    readonly sizeBytes: number;
    readonly tookMs: number;
  },
): Promise<void> {
  const { manifest, sizeBytes, tookMs } = done;
  const { registry, patch } = manifest.machines;
  const isEncrypted = recipients.length > 0;
  const about = { target, sizeBytes, tookMs: Math.round(tookMs), isEncrypted };
  const { files, ...shown } = manifest;
  if (await printedAsData(context, { ...about, ...shown, files: files.length })) return;
  const { style, stdout, stderr } = context;
  const packages = countPackages(files.filter(({ name }) => name.startsWith('packages/')).length);
  stdout.write(
    `${style.good('✔')} backed up to ${style.strong(target)}: ${packages}, ${formatBytes(sizeBytes)}${includeTokens ? ', with tokens' : ''}, in ${formatDuration(tookMs)}\n` +
      `  registry at entry ${registry.sequence}, state sha256:${registry.stateDigest}\n` +
      `  packages at entry ${patch.sequence}, state sha256:${patch.stateDigest}\n` +
      `Try it out: tarsctl restore --drill ${target}${isEncrypted ? ' --identity FILE' : ''}\n`,
  );
  if (!isEncrypted) {
    stderr.write(
      `${style.warn('!')} It is not encrypted, and holds all configuration: keep it as you would keep that, or give --recipient age1…\n`,
    );
  }
}
