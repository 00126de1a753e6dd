/**
 * How an operator accepts a rewritten history: a file in the controller's data directory that names
 * the one commit. Whoever may write there runs the controller; Git alone cannot forge it.
 */

import { chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { watch } from 'chokidar';
import { TarsierError } from '../../errors/tarsier-error.ts';

const commitPattern = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/** The folder of everything that this part of the controller keeps. */
export function sourceFolder(dataFolder: string): string {
  return join(dataFolder, 'source');
}

function acceptanceFile(dataFolder: string): string {
  return join(sourceFolder(dataFolder), 'accepted-rewind');
}

/** Accepts `commit`, and no other, as the new history. `USAGE` unless it is a whole commit id. */
export async function acceptRewind(dataFolder: string, commit: string): Promise<void> {
  if (!commitPattern.test(commit)) {
    throw new TarsierError('USAGE', `${JSON.stringify(commit)} is not a whole commit id.`, {
      hint: 'Copy all 40 digits from the status of the source.',
    });
  }
  const file = acceptanceFile(dataFolder);
  await mkdir(sourceFolder(dataFolder), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, `${commit}\n`, { mode: 0o600 });
  // Written by root, it must be readable for the user that the controller runs as.
  const { uid, gid } = await stat(dataFolder);
  if (process.getuid?.() === 0) await chown(`${file}.new`, uid, gid);
  await rename(`${file}.new`, file);
}

/** The accepted commit, if there is one. */
export async function readAcceptedRewind(dataFolder: string): Promise<string | undefined> {
  const text = await readFile(acceptanceFile(dataFolder), 'utf8').catch(() => '');
  const commit = text.trim();
  return commitPattern.test(commit) ? commit : undefined;
}

/** Used up: an acceptance holds for one rewrite. */
export async function forgetAcceptedRewind(dataFolder: string): Promise<void> {
  await rm(acceptanceFile(dataFolder), { force: true });
}

/** Calls `onChange` when an operator has accepted something. Returns how to end the watch. */
export async function watchAcceptance(
  dataFolder: string,
  onChange: () => void,
): Promise<() => Promise<void>> {
  await mkdir(sourceFolder(dataFolder), { recursive: true, mode: 0o700 });
  const watcher = watch(acceptanceFile(dataFolder), { ignoreInitial: true });
  watcher.on('add', onChange).on('change', onChange);
  watcher.on('error', () => undefined);
  return () => watcher.close();
}
