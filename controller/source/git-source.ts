/**
 * Follows one branch of one repository: wakes up, looks, fetches, and hands on the newest commit.
 * Level triggered: any wake-up may be lost or repeated without harm.
 */

import { join } from 'node:path';
import { isTarsierError, type TarsierError } from '../../errors/tarsier-error.ts';
import type { CommitInfo } from './commit-info.ts';
import type { SourceSnapshot } from './commit-reader.ts';
import { explainSystemError } from './git-failure.ts';
import { Mirror } from './mirror.ts';
import { readAccess } from './read-access.ts';
import { RemoteRepository } from './remote-repository.ts';
import { watchRefs } from './ref-watch.ts';
import {
  forgetAcceptedRewind,
  readAcceptedRewind,
  sourceFolder,
  watchAcceptance,
} from './rewind-acceptance.ts';
import { checkSource, type CheckedSource, type SourceSettings } from './source-settings.ts';
import {
  headAccepted,
  headRewound,
  lookAnswered,
  lookFailed,
  nextLookMs,
  type SourceStatus,
} from './source-status.ts';

/** Where a commit was taken from; another origin is another history. */
export interface SourceOrigin {
  readonly url: string;
  readonly branch: string;
  readonly path: string;
}

export interface GitSourcePorts {
  /** The commit that was taken over last, from durable state; the history must continue it. */
  lastTaken(): { readonly commit: string; readonly origin?: SourceOrigin } | undefined;
  /** Called after every look that found a commit which may be taken over, new or not. */
  onHead(head: CommitInfo, origin: SourceOrigin): void;
  now(): number;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface GitSourceOptions {
  readonly settings: SourceSettings;
  readonly dataFolder: string;
  /** Against which a relative path is meant; the working directory by default. */
  readonly baseFolder?: string;
  readonly ports: GitSourcePorts;
}

export class GitSource {
  readonly #source: CheckedSource;
  readonly #dataFolder: string;
  readonly #ports: GitSourcePorts;
  readonly #remote: RemoteRepository;
  readonly #mirror: Mirror;
  readonly #stop = new AbortController();
  readonly #stopWatches: (() => Promise<void>)[] = [];
  #status: SourceStatus;
  #branch: string | undefined;
  #looping: Promise<void> | undefined;
  #woken = false;
  #isDamaged = false;
  #healedAt = 0;
  #wake: () => void = () => undefined;

  /** Throws `SOURCE_URL_REFUSED`, `SOURCE_BRANCH_REFUSED` or `SOURCE_PATH_REFUSED`. */
  constructor(options: GitSourceOptions) {
    this.#source = checkSource(options.settings, options.baseFolder ?? process.cwd());
    this.#dataFolder = options.dataFolder;
    this.#ports = options.ports;
    this.#branch = this.#source.branch;
    const { signal } = this.#stop;
    const { settings } = options;
    this.#remote = new RemoteRepository(this.#source, () => readAccess(settings), signal);
    const folder = join(sourceFolder(options.dataFolder), 'repository.git');
    this.#mirror = new Mirror(folder, this.#remote, signal);
    this.#status = {
      url: this.#source.shownUrl,
      branch: this.#branch,
      path: this.#source.path,
      head: undefined,
      lastLookAt: undefined,
      problem: undefined,
      frozen: undefined,
    };
  }

  get status(): SourceStatus {
    return this.#status;
  }

  /** Looks now and from then on; resolves after the first look, whatever came of it. */
  async start(): Promise<void> {
    await this.#addWatch(watchAcceptance(this.#dataFolder, () => this.lookSoon()));
    if (this.#source.repository.transport === 'file') {
      await this.#addWatch(watchRefs(this.#source.repository.fetchUrl, () => this.lookSoon()));
    }
    this.#looping = this.#look();
    await this.#looping;
    this.#looping = this.#loop();
  }

  /** For webhooks, watches and operators. Several calls before the look count as one. */
  lookSoon(): void {
    this.#woken = true;
    this.#wake();
  }

  /** The files of a commit that `onHead` named. */
  async snapshot(commit: string): Promise<SourceSnapshot> {
    return this.#noticeDamage(this.#mirror.reader.snapshot(commit, this.#source.path));
  }

  /** The content of a file of a snapshot. `SOURCE_BLOB_TOO_LARGE` beyond `bytesMax`. */
  async content(objectId: string, bytesMax: number): Promise<Buffer> {
    return this.#noticeDamage(this.#mirror.reader.content(objectId, bytesMax));
  }

  /** A damaged copy is thrown away by the next look, which is soon. */
  async #noticeDamage<Value>(reading: Promise<Value>): Promise<Value> {
    try {
      return await reading;
    } catch (error) {
      if (isTarsierError(error) && error.code === 'SOURCE_MIRROR_DAMAGED') {
        this.#isDamaged = true;
        this.#healSoon();
      }
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await Promise.all(this.#stopWatches.map((stop) => stop()));
    await this.#looping;
    this.#mirror.close();
  }

  /** At once for the first time; damage that comes back at once must wait for the poll. */
  #healSoon(): void {
    if (this.#ports.now() - this.#healedAt > this.#source.pollMs) this.lookSoon();
  }

  async #addWatch(watching: Promise<() => Promise<void>>): Promise<void> {
    const stop = await watching;
    if (this.#stop.signal.aborted) await stop();
    else this.#stopWatches.push(stop);
  }

  async #loop(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#sleep(nextLookMs(this.#status, this.#source.pollMs));
      if (!this.#stop.signal.aborted) await this.#look();
    }
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#woken) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => undefined;
  }

  /** Never throws but for defects: what goes wrong with the repository becomes its status. */
  async #look(): Promise<void> {
    this.#woken = false;
    try {
      await this.#lookOnce();
    } catch (caught) {
      const error = isTarsierError(caught) ? caught : explainSystemError(caught);
      if (error === undefined || error.code === 'DEFECT') throw caught;
      if (error.code !== 'SOURCE_STOPPED') this.#fail(error);
    }
  }

  #fail(error: TarsierError): void {
    if (error.code === 'SOURCE_MIRROR_DAMAGED') {
      this.#isDamaged = true;
      this.#healSoon();
    }
    if (this.#status.problem?.code !== error.code) {
      const { code, message, details } = error;
      this.#ports.warn({ code, message, ...details }, 'git source cannot be read');
    }
    this.#status = lookFailed(this.#status, error, this.#ports.now());
  }

  async #lookOnce(): Promise<void> {
    const remote = await this.#remote.head(this.#branch ?? this.#branchBefore());
    this.#branch = remote.branch;
    this.#status = lookAnswered(this.#status, remote.branch, this.#ports.now());
    if (this.#isDamaged) {
      await this.#mirror.discard();
      this.#healedAt = this.#ports.now();
    }
    const isHere = this.#status.head?.commit === remote.commit && !this.#isDamaged;
    this.#isDamaged = false;
    const found = isHere ? remote.commit : await this.#mirror.fetch(remote);
    const origin = { url: this.#source.shownUrl, branch: remote.branch, path: this.#source.path };
    const expected = await this.#findRewind(found, origin);
    if (expected !== undefined) {
      if (this.#status.frozen?.found !== found) {
        this.#ports.warn({ expected, found }, 'git history was rewritten');
      }
      this.#status = headRewound(this.#status, { expected, found }, this.#ports.now());
      return;
    }
    const head = await this.#mirror.reader.commit(found);
    this.#status = headAccepted(this.#status, head);
    this.#ports.onHead(head, origin);
  }

  /** Nobody named a branch: the one that was followed stays, whatever HEAD names by now. */
  #branchBefore(): string | undefined {
    const origin = this.#ports.lastTaken()?.origin;
    const isSame = origin?.url === this.#source.shownUrl && origin.path === this.#source.path;
    return isSame ? origin.branch : undefined;
  }

  /** The commit that `found` should continue and does not; `undefined` if all is well. */
  async #findRewind(found: string, origin: SourceOrigin): Promise<string | undefined> {
    const last = this.#ports.lastTaken();
    const accepted = await readAcceptedRewind(this.#dataFolder);
    if (accepted !== undefined && accepted === last?.commit) {
      await forgetAcceptedRewind(this.#dataFolder);
    }
    if (last?.commit === found || accepted === found) return undefined;
    // What was handed on counts as taken, even while it is still on its way into the registry.
    const expected = this.#status.head?.commit ?? comparableCommit(last, origin);
    if (expected === undefined) return undefined;
    const continues = await this.#mirror.reader.isAncestor(expected, found);
    return continues ? undefined : expected;
  }
}

/** The commit that was taken over last, unless the operator has since named another origin. */
function comparableCommit(
  last: ReturnType<GitSourcePorts['lastTaken']>,
  origin: SourceOrigin,
): string | undefined {
  const before = last?.origin;
  const moved =
    before !== undefined &&
    (before.url !== origin.url || before.branch !== origin.branch || before.path !== origin.path);
  return moved ? undefined : last?.commit;
}
