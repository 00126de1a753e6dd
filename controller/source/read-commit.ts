/** Opens one commit of a clone on this machine, as the controller would see it. */

import { resolve } from 'node:path';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { CommitReader, type SourceSnapshot } from './commit-reader.ts';
import { explainGitFailure } from './git-failure.ts';
import { gitEnvironment, hardenedArguments } from './git-hardening.ts';
import { runGit } from './git-process.ts';
import { normaliseSubPath } from './source-settings.ts';

export interface OpenCommit {
  readonly snapshot: SourceSnapshot;
  /** `SOURCE_BLOB_TOO_LARGE` beyond `bytesMax`. */
  content(objectId: string, bytesMax: number): Promise<Buffer>;
  close(): void;
}

const TIMEOUT_MS = 30_000;

/**
 * `ref` is anything that git resolves to a commit; `subPath` is relative to the root of the
 * repository. Close it in the end: it holds a process. Throws `SOURCE_NOT_A_REPOSITORY`,
 * `SOURCE_REF_MISSING`, `SOURCE_PATH_MISSING`, `SOURCE_TREE_TOO_LARGE`.
 */
export async function readCommit(
  repositoryFolder: string,
  ref: string,
  subPath: string,
): Promise<OpenCommit> {
  const path = normaliseSubPath(subPath);
  // Git runs in a folder of its own.
  const folder = resolve(repositoryFolder);
  const gitFolder = await ask(folder, ['--absolute-git-dir']);
  const commit = await ask(folder, [
    '--verify',
    '--quiet',
    '--end-of-options',
    `${ref}^{commit}`,
  ]).catch((cause: unknown) => {
    throw new TarsierError(
      'SOURCE_REF_MISSING',
      `${repositoryFolder} has no commit ${JSON.stringify(ref)}.`,
      { hint: 'Check the name; `git fetch` brings commits that are not here yet.', cause },
    );
  });
  const reader = new CommitReader(gitFolder);
  try {
    const snapshot = await reader.snapshot(commit, path);
    return {
      snapshot,
      content: (objectId, bytesMax) => reader.content(objectId, bytesMax),
      close: () => reader.close(),
    };
  } catch (error) {
    reader.close();
    throw error;
  }
}

async function ask(folder: string, question: readonly string[]): Promise<string> {
  const outcome = await runGit({
    args: [...hardenedArguments, '-C', folder, 'rev-parse', ...question],
    environment: gitEnvironment('none'),
    timeoutMs: TIMEOUT_MS,
  });
  if (outcome.exitCode !== 0) {
    throw explainGitFailure(outcome, { shownUrl: folder, timeoutMs: TIMEOUT_MS });
  }
  return outcome.stdout.toString('utf8').trim();
}
