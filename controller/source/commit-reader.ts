/** Reads commits out of a repository on this machine, without ever checking anything out. */

import { TarsierError } from '../../errors/tarsier-error.ts';
import { BlobReader } from './blob-reader.ts';
import { parseCommit, parseParents, type CommitInfo } from './commit-info.ts';
import { gitWords } from './git-failure.ts';
import { gitEnvironment, hardenedArguments } from './git-hardening.ts';
import { runGit } from './git-process.ts';
import { parseTreeChanges, parseTreeListing, type TreeChange } from './tree-entry.ts';
import { TreeIndex, type Refusal, type SourceFile } from './tree-index.ts';

/** One commit below the sub-path: what may be read, and what is refused. */
export interface SourceSnapshot {
  readonly commit: CommitInfo;
  readonly files: ReadonlyMap<string, SourceFile>;
  readonly refused: ReadonlyMap<string, Refusal>;
  /** What differs from a snapshot that was read before, when that is known. */
  readonly changes?: SnapshotChanges;
}

export interface SnapshotChanges {
  /** `files` of the snapshot before. */
  readonly since: ReadonlyMap<string, SourceFile>;
  /** Paths that came, went, or have another content. */
  readonly paths: readonly string[];
}

type Contents = Pick<SourceSnapshot, 'files' | 'refused' | 'changes'>;

const READ_TIMEOUT_MS = 60_000;
const COMMIT_BYTES_MAX = 1024 ** 2;
const LISTING_BYTES_MAX = 16 * 1024 ** 2;
/** Commits that are looked through one by one before git is asked. */
const NEAR_COMMITS_MAX = 16;
const ENTRIES_MAX = 100_000;

/** Keeps the tree it read last, so that the next one costs what differs. */
export class CommitReader {
  readonly #gitFolder: string;
  readonly #blobs: BlobReader;
  #tree:
    | { readonly id: string; readonly index: TreeIndex; readonly contents: Contents }
    | undefined;

  constructor(gitFolder: string) {
    this.#gitFolder = gitFolder;
    this.#blobs = new BlobReader(gitFolder);
  }

  async has(commit: string): Promise<boolean> {
    return (await this.#blobs.header(commit)) !== undefined;
  }

  /** The commit that a reference of the repository names. */
  async resolve(reference: string): Promise<string | undefined> {
    return (await this.#blobs.headerOf(reference))?.objectId;
  }

  /** `SOURCE_REF_MISSING` if there is no such commit. */
  async commit(id: string): Promise<CommitInfo> {
    const object = await this.#blobs.read(id, COMMIT_BYTES_MAX);
    if (object?.type !== 'commit') {
      throw new TarsierError('SOURCE_REF_MISSING', `There is no commit ${id} in the repository.`);
    }
    return parseCommit(id, object.content);
  }

  /** Whether `older` is `newer` or one of the commits that led to it. */
  async isAncestor(older: string, newer: string): Promise<boolean> {
    if (older === newer) return true;
    if (!(await this.has(older))) return false;
    const near = await this.#isNearAncestor(older, newer);
    if (near !== undefined) return near;
    const outcome = await this.#git(['merge-base', '--is-ancestor', older, newer]);
    if (outcome.exitCode === 0 || outcome.exitCode === 1) return outcome.exitCode === 0;
    throw this.#damaged(outcome.stderr);
  }

  /** The answer for short distances, without starting a program; `undefined` beyond them. */
  async #isNearAncestor(older: string, newer: string): Promise<boolean | undefined> {
    const seen = new Set([newer]);
    for (const id of seen) {
      const parents = parseParents(await this.content(id, COMMIT_BYTES_MAX));
      if (parents.includes(older)) return true;
      if (seen.size + parents.length > NEAR_COMMITS_MAX) return undefined;
      for (const parent of parents) seen.add(parent);
    }
    return false;
  }

  /** `SOURCE_PATH_MISSING`, `SOURCE_TREE_TOO_LARGE`, or what `commit` throws. */
  async snapshot(commitId: string, subPath: string): Promise<SourceSnapshot> {
    const commit = await this.commit(commitId);
    const tree = await this.#blobs.headerAt(commitId, subPath);
    if (tree?.type !== 'tree') {
      throw new TarsierError(
        'SOURCE_PATH_MISSING',
        `${subPath} is not a folder in commit ${commitId.slice(0, 12)}.`,
        { hint: 'Correct the sub-path, or commit the folder.' },
      );
    }
    return { commit, ...(await this.#contentsOf(tree.objectId)) };
  }

  /** `SOURCE_BLOB_TOO_LARGE` beyond `bytesMax`. */
  async content(objectId: string, bytesMax: number): Promise<Buffer> {
    const object = await this.#blobs.read(objectId, bytesMax);
    if (object === undefined) throw this.#damaged(`${objectId} is missing`);
    return object.content;
  }

  close(): void {
    this.#blobs.close();
  }

  async #contentsOf(treeId: string): Promise<Contents> {
    const known = this.#tree;
    if (known?.id === treeId) return known.contents;
    // Forgotten while it changes: a change that fails half way must not leave half a tree behind.
    this.#tree = undefined;
    const index = known?.index ?? new TreeIndex();
    const collided = index.hasCollisions;
    const changes =
      known === undefined ? await this.#list(treeId) : await this.#diff(known.id, treeId);
    for (const change of changes) index.apply(change);
    if (index.size > ENTRIES_MAX) throw this.#tooLarge();
    const { files, refused } = index.read();
    const isTraceable = known !== undefined && !collided && !index.hasCollisions;
    const contents = {
      files,
      refused,
      ...(isTraceable && {
        changes: { since: known.contents.files, paths: changes.map(pathOfChange) },
      }),
    };
    this.#tree = { id: treeId, index, contents };
    return contents;
  }

  async #list(treeId: string): Promise<TreeChange[]> {
    const bytes = await this.#treeOutput(['ls-tree', '-r', '-z', '-l', '--full-tree', treeId]);
    return Array.from(parseTreeListing(bytes), (entry) => ({ kind: 'set' as const, entry }));
  }

  async #diff(from: string, to: string): Promise<TreeChange[]> {
    const args = ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-ext-diff', from, to];
    const bytes = await this.#treeOutput(args);
    return Promise.all(Array.from(parseTreeChanges(bytes), (change) => this.#withSize(change)));
  }

  /** `diff-tree` says nothing of sizes, and nothing is read whose size is not known. */
  async #withSize(change: TreeChange): Promise<TreeChange> {
    if (change.kind === 'removed' || change.entry.mode === '160000') return change;
    const sizeBytes = await this.#sizeBytes(change.entry.objectId);
    return { kind: 'set', entry: { ...change.entry, sizeBytes } };
  }

  async #treeOutput(args: readonly string[]): Promise<Buffer> {
    const outcome = await this.#git(args);
    if (outcome.ended === 'output-too-large' || outcome.ended === 'timed-out') {
      throw this.#tooLarge();
    }
    if (outcome.exitCode !== 0) throw this.#damaged(outcome.stderr);
    return outcome.stdout;
  }

  async #sizeBytes(objectId: string): Promise<number> {
    const header = await this.#blobs.header(objectId);
    if (header === undefined) throw this.#damaged(`${objectId} is missing`);
    return header.sizeBytes;
  }

  #git(args: readonly string[]) {
    return runGit({
      args: [...hardenedArguments, '--git-dir', this.#gitFolder, ...args],
      environment: gitEnvironment('none'),
      timeoutMs: READ_TIMEOUT_MS,
      outputBytesMax: LISTING_BYTES_MAX,
    });
  }

  #tooLarge(): TarsierError {
    return new TarsierError(
      'SOURCE_TREE_TOO_LARGE',
      `The commit has more than ${ENTRIES_MAX} files, or more than ${LISTING_BYTES_MAX} bytes of names.`,
      { hint: 'Name a sub-path that holds the fleet alone, or remove files.' },
    );
  }

  #damaged(stderr: string): TarsierError {
    return new TarsierError('SOURCE_MIRROR_DAMAGED', 'Objects of the repository cannot be read.', {
      details: { git: gitWords(stderr) },
    });
  }
}

function pathOfChange(change: TreeChange): string {
  return change.kind === 'removed' ? change.path : change.entry.path;
}
