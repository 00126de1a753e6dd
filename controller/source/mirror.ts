/** The controller's own bare copy of the repository: what it looks up, fetches and cleans up. */

import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { nearest } from '../../spec/validate/nearest.ts';
import { CommitReader } from './commit-reader.ts';
import { explainGitFailure, gitWords, isMirrorDamage, type FailureContext } from './git-failure.ts';
import { gitEnvironment, hardenedArguments, type GitAccess } from './git-hardening.ts';
import { runGit, type GitOutcome } from './git-process.ts';
import type { CheckedSource } from './source-settings.ts';

export interface RemoteHead {
  readonly branch: string;
  readonly commit: string;
}

const FETCHED_REF = 'refs/tarsier/head';
const LOOK_TIMEOUT_MS = 30_000;
/** Each small fetch leaves loose objects; after this many they are packed. */
const FETCHES_PER_REPACK = 200;

/** `refs/heads/x` lines of `ls-remote` as branch name → commit. */
function parseHeads(output: Buffer): Map<string, string> {
  const heads = new Map<string, string>();
  for (const line of output.toString('utf8').split('\n')) {
    const match = /^([0-9a-f]{40,64})\trefs\/heads\/(.+)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) heads.set(match[2], match[1]);
  }
  return heads;
}

export class Mirror {
  readonly #folder: string;
  readonly #source: CheckedSource;
  readonly #readAccess: () => Promise<GitAccess>;
  readonly #signal: AbortSignal;
  readonly #context: FailureContext;
  #reader: CommitReader | undefined;
  #ready = false;
  #fetches = 0;

  /** `folder` is created by the first fetch, and removed and created again when it is damaged. */
  constructor(
    folder: string,
    source: CheckedSource,
    readAccess: () => Promise<GitAccess>,
    signal: AbortSignal,
  ) {
    this.#folder = folder;
    this.#source = source;
    this.#readAccess = readAccess;
    this.#signal = signal;
    const { shownUrl, packBytesMax } = source;
    this.#context = { shownUrl, packBytesMax, timeoutMs: source.timeoutMs };
  }

  /** What the mirror holds. Open after the first fetch. */
  get reader(): CommitReader {
    this.#reader ??= new CommitReader(this.#folder);
    return this.#reader;
  }

  /** Asks the repository where its branch stands. `SOURCE_BRANCH_MISSING`, `SOURCE_EMPTY`, … */
  async remoteHead(wanted: string | undefined): Promise<RemoteHead> {
    const branch = wanted ?? (await this.#defaultBranch());
    const listed = parseHeads(await this.#listRemote([`refs/heads/${branch}`]));
    const commit = listed.get(branch);
    if (commit !== undefined) return { branch, commit };
    throw await this.#branchMissing(branch);
  }

  /** Brings the branch here and returns its head, which may be newer than the one looked up. */
  async fetch(head: RemoteHead): Promise<string> {
    await this.#prepare(head.commit.length === 64 ? 'sha256' : 'sha1');
    const args = [
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-recurse-submodules',
      '--no-auto-maintenance',
    ];
    args.push('--no-write-fetch-head', '--force', '--', this.#source.repository.fetchUrl);
    args.push(`+refs/heads/${head.branch}:${FETCHED_REF}`);
    const outcome = await this.#remoteGit(['--git-dir', this.#folder, ...args], {
      timeoutMs: this.#source.timeoutMs,
      fileBytesMax: this.#source.packBytesMax,
    });
    if (outcome.exitCode !== 0) {
      await this.#removeLeftovers();
      throw (await this.#isDamaged(outcome)) ? this.#damaged(outcome) : this.#explain(outcome);
    }
    this.#fetches += 1;
    if (this.#fetches % FETCHES_PER_REPACK === 0) await this.#repack();
    return this.#fetchedCommit();
  }

  /** Removes everything, so that the next fetch starts from nothing. */
  async discard(): Promise<void> {
    this.close();
    this.#ready = false;
    await rm(this.#folder, { recursive: true, force: true });
  }

  close(): void {
    this.#reader?.close();
    this.#reader = undefined;
  }

  async #defaultBranch(): Promise<string> {
    const output = (await this.#listRemote(['HEAD'], ['--symref'])).toString('utf8');
    const branch = /^ref: refs\/heads\/(.+)\tHEAD$/m.exec(output)?.[1];
    if (branch !== undefined) return branch;
    const heads = parseHeads(await this.#listRemote([], ['--heads']));
    if (heads.size === 0) throw this.#empty();
    throw new TarsierError(
      'SOURCE_BRANCH_MISSING',
      `HEAD of ${this.#source.shownUrl} names no branch with a commit.`,
      { hint: `Name the branch; there are: ${[...heads.keys()].slice(0, 10).join(', ')}.` },
    );
  }

  async #branchMissing(branch: string): Promise<TarsierError> {
    const heads = [...parseHeads(await this.#listRemote([], ['--heads'])).keys()];
    if (heads.length === 0) return this.#empty();
    const meant = nearest(branch, heads);
    const hint =
      meant === undefined
        ? `There are: ${heads.slice(0, 10).join(', ')}.`
        : `Did you mean ${meant}?`;
    return new TarsierError(
      'SOURCE_BRANCH_MISSING',
      `${this.#source.shownUrl} has no branch ${branch}.`,
      { hint, details: { branches: heads.slice(0, 100) } },
    );
  }

  #empty(): TarsierError {
    return new TarsierError('SOURCE_EMPTY', `${this.#source.shownUrl} has no commit yet.`);
  }

  async #listRemote(patterns: readonly string[], options: readonly string[] = []): Promise<Buffer> {
    const args = ['ls-remote', ...options, '--', this.#source.repository.fetchUrl, ...patterns];
    const outcome = await this.#remoteGit(args, { timeoutMs: LOOK_TIMEOUT_MS });
    if (outcome.exitCode !== 0) throw this.#explain(outcome, LOOK_TIMEOUT_MS);
    return outcome.stdout;
  }

  async #remoteGit(
    args: readonly string[],
    limits: { timeoutMs: number; fileBytesMax?: number },
  ): Promise<GitOutcome> {
    const access = await this.#readAccess();
    return runGit({
      args: [...hardenedArguments, ...args],
      environment: gitEnvironment(this.#source.repository.transport, access),
      signal: this.#signal,
      ...limits,
    });
  }

  #explain(outcome: GitOutcome, timeoutMs = this.#context.timeoutMs): TarsierError {
    return explainGitFailure(outcome, { ...this.#context, timeoutMs });
  }

  #localGit(args: readonly string[]): Promise<GitOutcome> {
    return runGit({
      args: [...hardenedArguments, ...args],
      environment: gitEnvironment('none'),
      timeoutMs: this.#source.timeoutMs,
      signal: this.#signal,
    });
  }

  async #fetchedCommit(): Promise<string> {
    const commit = await this.reader.resolve(FETCHED_REF);
    if (commit !== undefined) return commit;
    throw new TarsierError(
      'SOURCE_MIRROR_DAMAGED',
      `The copy of ${this.#source.shownUrl} has lost its branch; it is fetched anew.`,
    );
  }

  async #isDamaged(outcome: GitOutcome): Promise<boolean> {
    if (outcome.ended !== 'by-itself' || !isMirrorDamage(outcome.stderr)) return false;
    // `not a git repository` may speak of either side.
    if (!outcome.stderr.includes('not a git repository')) return true;
    return (await this.#objectFormat()) === undefined;
  }

  #damaged(outcome: GitOutcome): TarsierError {
    return new TarsierError(
      'SOURCE_MIRROR_DAMAGED',
      `The copy of ${this.#source.shownUrl} is damaged; it is fetched anew.`,
      { details: { git: gitWords(outcome.stderr) } },
    );
  }

  /** `undefined` if there is no usable repository in the folder. */
  async #objectFormat(): Promise<string | undefined> {
    const args = ['--git-dir', this.#folder, 'rev-parse', '--show-object-format'];
    const outcome = await this.#localGit(args);
    return outcome.exitCode === 0 ? outcome.stdout.toString('latin1').trim() : undefined;
  }

  async #prepare(format: 'sha1' | 'sha256'): Promise<void> {
    if (this.#ready) return;
    if ((await this.#objectFormat()) !== format) {
      await this.discard();
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const init = ['init', '--quiet', '--bare', '--template=', `--object-format=${format}`];
      const created = await this.#localGit([...init, '--', this.#folder]);
      if (created.exitCode !== 0) throw this.#explain(created);
    }
    await this.#removeLeftovers();
    this.#ready = true;
  }

  /** A git that was killed leaves locks and half a pack. Nobody else writes here. */
  async #removeLeftovers(): Promise<void> {
    const names = await readdir(this.#folder, { recursive: true }).catch(() => []);
    const leftovers = names.filter((name) => /\.lock$|(^|\/)tmp_[^/]*$/.test(name));
    await Promise.all(leftovers.map((name) => rm(join(this.#folder, name), { recursive: true })));
  }

  async #repack(): Promise<void> {
    // A failure costs disk space and nothing else; the next one may succeed.
    await this.#localGit(['--git-dir', this.#folder, 'repack', '--geometric=2', '-d', '--quiet']);
  }
}
