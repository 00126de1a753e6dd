/** Writes the commit that releases a version, and pushes it to the repository that is followed. */

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { setRelease, type NewRelease } from '../../spec/edit/set-release.ts';
import { gitWords } from '../source/git-failure.ts';
import { gitEnvironment, hardenedArguments } from '../source/git-hardening.ts';
import { runGit } from '../source/git-process.ts';
import type { RemoteHead, RemoteRepository } from '../source/remote-repository.ts';

export interface ReleaseRequest {
  readonly service: string;
  /** Of the file that holds the Service, relative to the path that is followed. */
  readonly file: string;
  readonly release: NewRelease;
  readonly message: string;
  /** The branch that is followed. */
  readonly branch: string;
  /** Where the commit goes: the followed branch itself, or a new one for a pull request. */
  readonly target: string;
}

export interface WrittenRelease {
  /** Set by `commit`: the head of `target` that says so. */
  readonly commit: string;
  /** False when the file said so before. */
  readonly isNew: boolean;
}

const TRIES = 4;
const FILE_BYTES_MAX = 8 * 1024 ** 2;
const author = { name: 'Tarsier', email: 'tarsier@localhost' };

export class ReleaseWriter {
  readonly #folder: string;
  readonly #remote: RemoteRepository;
  readonly #signal: AbortSignal;
  #working: Promise<unknown> = Promise.resolve();

  /** `folder` belongs to this object alone: a bare repository, made anew for each commit. */
  constructor(folder: string, remote: RemoteRepository, signal: AbortSignal) {
    this.#folder = folder;
    this.#remote = remote;
    this.#signal = signal;
  }

  /**
   * One at a time. When somebody else pushed in between, it is done again on top of that.
   * `PUBLISH_IMPOSSIBLE` when the file cannot be changed, `PUBLISH_REFUSED` when the push is not
   * taken, `SOURCE_…` when the repository cannot be reached.
   */
  async write(request: ReleaseRequest): Promise<WrittenRelease> {
    const turn = this.#working.then(() => this.#write(request));
    this.#working = turn.catch(() => undefined);
    return turn;
  }

  async #write(request: ReleaseRequest): Promise<WrittenRelease> {
    for (let attempt = 1; ; attempt += 1) {
      const head = await this.#remote.head(request.branch);
      const commit = await this.#commit(request, head);
      if (commit === undefined) return { commit: head.commit, isNew: false };
      const refusal = await this.#push(commit, request.target);
      if (refusal === undefined) return { commit, isNew: true };
      if (refusal.isBehind && attempt < TRIES) continue;
      throw new TarsierError(
        'PUBLISH_REFUSED',
        `The release commit was not taken by branch ${request.target} of ${this.#remote.source.shownUrl}: ${refusal.words}`,
      );
    }
  }

  /** `undefined` when nothing is to be changed. */
  async #commit(request: ReleaseRequest, head: RemoteHead): Promise<string | undefined> {
    await this.#fetch(head);
    const { path } = this.#remote.source;
    const file = posix.join(path, request.file);
    const entry = await this.#git(['ls-tree', head.commit, '--', file]);
    const [, mode, blob] = /^(100644|100755) blob ([0-9a-f]+)\t/.exec(entry) ?? [];
    if (mode === undefined || blob === undefined) throw impossible(file, 'is not there any more');
    const text = await this.#git(['cat-file', 'blob', blob], FILE_BYTES_MAX);
    const edit = setRelease(text, request.service, request.release);
    if (edit.kind === 'impossible') throw impossible(file, edit.reason);
    if (edit.kind === 'same') return undefined;
    const draft = join(this.#folder, 'draft');
    await writeFile(draft, edit.text, { mode: 0o600 });
    const newBlob = await this.#git(['hash-object', '-w', '--no-filters', '--', draft]);
    await this.#git(['read-tree', head.commit]);
    await this.#git(['update-index', '--cacheinfo', `${mode},${newBlob},${file}`]);
    const tree = await this.#git(['write-tree']);
    return this.#git(['commit-tree', tree, '-p', head.commit, '-m', request.message]);
  }

  async #fetch(head: RemoteHead): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const format = head.commit.length === 64 ? 'sha256' : 'sha1';
    const init = ['init', '--quiet', '--bare', '--template=', `--object-format=${format}`];
    await this.#git([...init, '--', this.#folder]);
    const { repository, timeoutMs, packBytesMax } = this.#remote.source;
    const outcome = await this.#remote.git(
      [
        '--git-dir',
        this.#folder,
        'fetch',
        '--quiet',
        '--depth=1',
        '--no-tags',
        '--no-recurse-submodules',
        '--no-auto-maintenance',
        '--no-write-fetch-head',
        '--',
        repository.fetchUrl,
        `+refs/heads/${head.branch}:refs/tarsier/base`,
      ],
      { timeoutMs, fileBytesMax: packBytesMax },
    );
    if (outcome.exitCode !== 0) throw this.#remote.explain(outcome);
  }

  /** `undefined` when the push was taken. */
  async #push(
    commit: string,
    target: string,
  ): Promise<{ readonly isBehind: boolean; readonly words: string } | undefined> {
    const { repository, timeoutMs } = this.#remote.source;
    const ref = `${commit}:refs/heads/${target}`;
    const args = ['--git-dir', this.#folder, 'push', '--porcelain', '--no-verify'];
    const outcome = await this.#remote.git([...args, '--', repository.fetchUrl, ref], {
      timeoutMs,
    });
    if (outcome.exitCode === 0) return undefined;
    const answer = outcome.stdout.toString('utf8');
    const isAnswered = /^!\t/m.test(answer);
    if (!isAnswered) throw this.#remote.explain(outcome);
    const isBehind = /\((fetch first|non-fast-forward|stale info|cannot lock ref[^)]*)\)/.test(
      answer,
    );
    const [, words] = /^!\t[^\t]*\t(.*)$/m.exec(answer) ?? [];
    return { isBehind, words: words ?? gitWords(outcome.stderr) };
  }

  /** Standard output without its last line end. */
  async #git(args: readonly string[], outputBytesMax?: number): Promise<string> {
    const outcome = await runGit({
      args: [...hardenedArguments, '--git-dir', this.#folder, ...args],
      environment: {
        ...gitEnvironment('none'),
        GIT_INDEX_FILE: join(this.#folder, 'index'),
        GIT_AUTHOR_NAME: author.name,
        GIT_AUTHOR_EMAIL: author.email,
        GIT_COMMITTER_NAME: author.name,
        GIT_COMMITTER_EMAIL: author.email,
      },
      timeoutMs: this.#remote.source.timeoutMs,
      signal: this.#signal,
      ...(outputBytesMax === undefined ? {} : { outputBytesMax }),
    });
    if (outcome.exitCode !== 0) throw this.#remote.explain(outcome);
    const text = outcome.stdout.toString('utf8');
    return args[0] === 'cat-file' ? text : text.trimEnd();
  }
}

function impossible(file: string, reason: string): TarsierError {
  return new TarsierError('PUBLISH_IMPOSSIBLE', `${file} ${reason}.`);
}
