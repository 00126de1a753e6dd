/** The repository that is followed, as it answers over its transport: where its branches stand. */

import { TarsierError } from '../../errors/tarsier-error.ts';
import { nearest } from '../../spec/validate/nearest.ts';
import { explainGitFailure } from './git-failure.ts';
import { gitEnvironment, hardenedArguments, type GitAccess } from './git-hardening.ts';
import { runGit, type GitOutcome } from './git-process.ts';
import { isBranchName, type CheckedSource } from './source-settings.ts';

export interface RemoteHead {
  readonly branch: string;
  readonly commit: string;
}

const LOOK_TIMEOUT_MS = 30_000;
const NAMES_SHOWN = 10;

/** `refs/heads/x` lines of `ls-remote` as branch name → commit. A server may write anything there. */
function parseHeads(output: Buffer): Map<string, string> {
  const heads = new Map<string, string>();
  for (const line of output.toString('utf8').split('\n')) {
    const [, commit, name] = /^([0-9a-f]{40}|[0-9a-f]{64})\trefs\/heads\/(.+)$/.exec(line) ?? [];
    if (commit !== undefined && name !== undefined && isBranchName(name)) heads.set(name, commit);
  }
  return heads;
}

export class RemoteRepository {
  readonly source: CheckedSource;
  readonly #readAccess: () => Promise<GitAccess>;
  readonly #signal: AbortSignal;

  /** `readAccess` is asked for each connection, so that credentials may change. */
  constructor(source: CheckedSource, readAccess: () => Promise<GitAccess>, signal: AbortSignal) {
    this.source = source;
    this.#readAccess = readAccess;
    this.#signal = signal;
  }

  /** Where `branch` stands, or the default branch. `SOURCE_BRANCH_MISSING`, `SOURCE_EMPTY`, … */
  async head(wanted: string | undefined): Promise<RemoteHead> {
    const branch = wanted ?? (await this.#defaultBranch());
    const listed = parseHeads(await this.#list([`refs/heads/${branch}`]));
    const commit = listed.get(branch);
    if (commit !== undefined) return { branch, commit };
    throw await this.#branchMissing(branch);
  }

  /** Runs git with the right to talk to this repository, and to it alone. */
  async git(
    args: readonly string[],
    limits: { readonly timeoutMs: number; readonly fileBytesMax?: number },
  ): Promise<GitOutcome> {
    return runGit({
      args: [...hardenedArguments, ...args],
      environment: gitEnvironment(this.source.repository.transport, await this.#readAccess()),
      signal: this.#signal,
      ...limits,
    });
  }

  explain(outcome: GitOutcome, timeoutMs = this.source.timeoutMs): TarsierError {
    const { shownUrl, packBytesMax } = this.source;
    return explainGitFailure(outcome, { shownUrl, packBytesMax, timeoutMs });
  }

  async #defaultBranch(): Promise<string> {
    const output = (await this.#list(['HEAD'], ['--symref'])).toString('utf8');
    const branch = /^ref: refs\/heads\/(.+)\tHEAD$/m.exec(output)?.[1];
    if (branch !== undefined && isBranchName(branch)) return branch;
    const heads = parseHeads(await this.#list([], ['--heads']));
    if (heads.size === 0) throw this.#empty();
    throw new TarsierError(
      'SOURCE_BRANCH_MISSING',
      `HEAD of ${this.source.shownUrl} names no branch with a commit.`,
      {
        hint: `Name the branch; there are: ${[...heads.keys()].slice(0, NAMES_SHOWN).join(', ')}.`,
      },
    );
  }

  async #branchMissing(branch: string): Promise<TarsierError> {
    const heads = [...parseHeads(await this.#list([], ['--heads'])).keys()];
    if (heads.length === 0) return this.#empty();
    const meant = nearest(branch, heads);
    const hint =
      meant === undefined
        ? `There are: ${heads.slice(0, NAMES_SHOWN).join(', ')}.`
        : `Did you mean ${meant}?`;
    return new TarsierError(
      'SOURCE_BRANCH_MISSING',
      `${this.source.shownUrl} has no branch ${branch}.`,
      { hint, details: { branches: heads.slice(0, 100) } },
    );
  }

  #empty(): TarsierError {
    return new TarsierError('SOURCE_EMPTY', `${this.source.shownUrl} has no commit yet.`);
  }

  async #list(patterns: readonly string[], options: readonly string[] = []): Promise<Buffer> {
    const args = ['ls-remote', ...options, '--', this.source.repository.fetchUrl, ...patterns];
    const outcome = await this.git(args, { timeoutMs: LOOK_TIMEOUT_MS });
    if (outcome.exitCode !== 0) throw this.explain(outcome, LOOK_TIMEOUT_MS);
    return outcome.stdout;
  }
}
