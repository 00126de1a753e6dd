/** A source that follows a test repository, with what it handed on kept for the test to look at. */

import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { isTarsierError } from '../../../errors/tarsier-error.ts';
import type { CommitInfo } from '../../../controller/source/commit-info.ts';
import type { LoadedCommit } from '../../../controller/source/commit-loader.ts';
import { GitSource, type SourceOrigin } from '../../../controller/source/git-source.ts';
import type { SourceSettings } from '../../../controller/source/source-settings.ts';

export interface FollowedSource {
  readonly source: GitSource;
  readonly heads: CommitInfo[];
  readonly warnings: string[];
  /** Resolves when this commit was handed on last. */
  reaches(commit: string): Promise<void>;
  /** Waits for what becomes of a commit: it is loaded, or it or its fetch ends in a code. */
  settles(
    commit: string,
    load: () => Promise<LoadedCommit>,
  ): Promise<{ loaded?: LoadedCommit; code?: string }>;
  /** What durable state would say; the test may set it. */
  taken: { commit: string; origin?: SourceOrigin } | undefined;
}

/** Each commit that is handed on counts as taken over. The poll is off unless `settings` sets it. */
export function followSource(
  settings: SourceSettings,
  folder: string,
  taken?: FollowedSource['taken'],
): FollowedSource {
  const heads: CommitInfo[] = [];
  const warnings: string[] = [];
  const followed: FollowedSource = {
    heads,
    warnings,
    taken,
    source: new GitSource({
      settings: { pollMs: 3_600_000, timeoutMs: 20_000, ...settings },
      dataFolder: join(folder, 'data'),
      ports: {
        lastTaken: () => followed.taken,
        onHead: (head, origin) => {
          followed.taken = { commit: head.commit, origin };
          if (heads.at(-1)?.commit !== head.commit) heads.push(head);
        },
        now: Date.now,
        warn: (fields, message) => {
          warnings.push(`${message} ${JSON.stringify(fields)}`);
        },
      },
    }),
    settles: async () => ({}),
    reaches: (commit) =>
      vi.waitFor(
        () => {
          if (heads.at(-1)?.commit !== commit) throw new Error(`${commit} was not handed on`);
        },
        { timeout: 10_000, interval: 5 },
      ),
  };
  followed.settles = async (commit, load) => {
    await vi.waitFor(
      () => {
        const isOver = heads.at(-1)?.commit === commit || followed.source.status.problem;
        if (!isOver) throw new Error(`nothing became of ${commit}`);
      },
      { timeout: 20_000, interval: 5 },
    );
    const { problem } = followed.source.status;
    if (problem !== undefined) return { code: problem.code };
    try {
      return { loaded: await load() };
    } catch (error) {
      if (isTarsierError(error)) return { code: error.code };
      throw error;
    }
  };
  onTestFinished(() => followed.source.close());
  return followed;
}
