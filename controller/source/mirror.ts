/** The controller's own bare copy of the repository: what it looks up, fetches and cleans up. */

import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { CommitReader } from './commit-reader.ts';
import { gitWords, isMirrorDamage } from './git-failure.ts';
import { gitEnvironment, hardenedArguments } from './git-hardening.ts';
import { runGit, type GitOutcome } from './git-process.ts';
import type { RemoteHead, RemoteRepository } from './remote-repository.ts';

const FETCHED_REF = 'refs/tarsier/head';
/** Each small fetch leaves loose objects; after this many they are packed. */
const FETCHES_PER_REPACK = 200;

/** Older ones have no `cat-file --batch-command`. */
const OLDEST_GIT = { major: 2, minor: 36 };

/** `SOURCE_GIT_MISSING` for a git that lacks what is needed here. */
export function assertGitIsNewEnough(words: string): void {
  const [, major, minor] = /git version (\d+)\.(\d+)/.exec(words) ?? [];
  const isNewEnough =
    Number(major) > OLDEST_GIT.major ||
    (Number(major) === OLDEST_GIT.major && Number(minor) >= OLDEST_GIT.minor);
  if (isNewEnough) return;
  throw new TarsierError('SOURCE_GIT_MISSING', `This machine has ${words.trim() || 'no git'}.`, {
    hint: `Install git ${OLDEST_GIT.major}.${OLDEST_GIT.minor} or newer.`,
  });
}

export class Mirror {
  readonly #folder: string;
  readonly #remote: RemoteRepository;
  readonly #signal: AbortSignal;
  #reader: CommitReader | undefined;
  #ready = false;
  #fetches = 0;

  /** `folder` is created by the first fetch, and removed and created again when it is damaged. */
  constructor(folder: string, remote: RemoteRepository, signal: AbortSignal) {
    this.#folder = folder;
    this.#remote = remote;
    this.#signal = signal;
  }

  /** What the mirror holds. Open after the first fetch. */
  get reader(): CommitReader {
    if (this.#signal.aborted) {
      throw new TarsierError('SOURCE_STOPPED', 'The source is closed.');
    }
    this.#reader ??= new CommitReader(this.#folder);
    return this.#reader;
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
    args.push('--no-write-fetch-head', '--force', '--', this.#remote.source.repository.fetchUrl);
    args.push(`+refs/heads/${head.branch}:${FETCHED_REF}`);
    const outcome = await this.#remote.git(['--git-dir', this.#folder, ...args], {
      timeoutMs: this.#remote.source.timeoutMs,
      fileBytesMax: this.#remote.source.packBytesMax,
    });
    if (outcome.exitCode !== 0) {
      await this.#removeLeftovers();
      throw (await this.#isDamaged(outcome))
        ? this.#damaged(outcome)
        : this.#remote.explain(outcome);
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

  #localGit(args: readonly string[]): Promise<GitOutcome> {
    return runGit({
      args: [...hardenedArguments, ...args],
      environment: gitEnvironment('none'),
      timeoutMs: this.#remote.source.timeoutMs,
      signal: this.#signal,
    });
  }

  async #fetchedCommit(): Promise<string> {
    const commit = await this.reader.resolve(FETCHED_REF);
    if (commit !== undefined) return commit;
    throw new TarsierError(
      'SOURCE_MIRROR_DAMAGED',
      `The copy of ${this.#remote.source.shownUrl} has lost its branch; it is fetched anew.`,
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
      `The copy of ${this.#remote.source.shownUrl} is damaged; it is fetched anew.`,
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
    assertGitIsNewEnough((await this.#localGit(['version'])).stdout.toString('latin1'));
    if ((await this.#objectFormat()) !== format) {
      await this.discard();
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const init = ['init', '--quiet', '--bare', '--template=', `--object-format=${format}`];
      const created = await this.#localGit([...init, '--', this.#folder]);
      if (created.exitCode !== 0) throw this.#remote.explain(created);
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
