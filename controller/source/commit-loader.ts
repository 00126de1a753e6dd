/** Snapshot of a commit → its parsed files and the texts they name. Costs what has changed. */

import { TarsierError } from '../../errors/tarsier-error.ts';
import { isSpecFile, refuseOversized } from '../../spec/read/check-entries.ts';
import { checkObjectCount } from '../../spec/read/check-object-count.ts';
import { limits } from '../../spec/read/limits.ts';
import { loadFile } from '../../spec/read/load-file.ts';
import type { LoadedFile } from '../../spec/repository.ts';
import type { TextFile } from '../../spec/resolve/resolved.ts';
import type { CommitInfo } from './commit-info.ts';
import type { SnapshotChanges, SourceSnapshot } from './commit-reader.ts';
import type { LoadedFileCache } from './loaded-file-cache.ts';
import { refusedFiles } from './refused-files.ts';
import { TextLoader, type ReadBlob } from './text-loader.ts';
import type { SourceFile } from './tree-index.ts';

export interface LoadedCommit {
  readonly commit: CommitInfo;
  readonly files: ReadonlyMap<string, LoadedFile>;
  readonly readText: (path: string) => TextFile | undefined;
}

/** Of all spec files of a commit together; parsed, they take many times as much memory. */
const SPEC_BYTES_MAX = 128 * 1024 ** 2;

/** Files that are read and parsed between two turns of the event loop. */
const BATCH = 64;

export class CommitLoader {
  readonly #readBlob: ReadBlob;
  readonly #cache: LoadedFileCache | undefined;
  #files: ReadonlyMap<string, LoadedFile>;
  /** The snapshot that `#files` and `#texts` are of. */
  #loadedFrom: SourceSnapshot['files'] | undefined;
  #specBytes = 0;
  #refusedPaths: readonly string[] = [];
  readonly #texts: TextLoader;

  constructor(readBlob: ReadBlob, cache?: LoadedFileCache) {
    this.#readBlob = readBlob;
    this.#cache = cache;
    this.#texts = new TextLoader(readBlob);
    this.#files = new Map(cache?.readAll().map((file) => [file.path, file]));
  }

  /** `pathsInForce`: where the objects that are in force came from. */
  async load(
    snapshot: SourceSnapshot,
    pathsInForce: () => Iterable<string> = () => [],
  ): Promise<LoadedCommit> {
    const isNext = snapshot.changes?.since === this.#loadedFrom;
    // Until all of it is there, what is kept is of no snapshot.
    this.#loadedFrom = undefined;
    let changes = isNext ? snapshot.changes : undefined;
    let work = this.#compare(snapshot, changes);
    if (changes !== undefined && work.specBytes > SPEC_BYTES_MAX) {
      // What has gone was never subtracted, so it is counted anew.
      changes = undefined;
      work = this.#compare(snapshot, changes);
    }
    const { files, changed, specBytes } = work;
    assertNotTooManyBytes(specBytes);
    this.#specBytes = specBytes;
    const parsed = await this.#parse(changed);
    for (const file of parsed) files.set(file.path, file);
    const refused = refusedFiles(snapshot, pathsInForce);
    for (const path of this.#refusedPaths) if (!snapshot.files.has(path)) files.delete(path);
    for (const file of refused) files.set(file.path, file);
    this.#files = files;
    this.#refusedPaths = refused.map(({ path }) => path);
    assertNotTooMany(files);
    const readText = await this.#texts.load(
      snapshot,
      changes === undefined ? { files: files.values() } : { files: parsed, paths: changes.paths },
    );
    this.#loadedFrom = snapshot.files;
    if (changes === undefined) this.#cache?.prune(files);
    return { commit: snapshot.commit, files, readText };
  }

  /** The files that are known, those to be parsed, and the bytes of all (never less than there are). */
  #compare(snapshot: SourceSnapshot, changes: SnapshotChanges | undefined) {
    const files = changes === undefined ? new Map<string, LoadedFile>() : new Map(this.#files);
    const changed: SourceFile[] = [];
    let specBytes = changes === undefined ? 0 : this.#specBytes;
    for (const path of changes?.paths ?? snapshot.files.keys()) {
      files.delete(path);
      const file = isSpecFile(path) ? snapshot.files.get(path) : undefined;
      if (file === undefined) continue;
      if (file.sizeBytes <= limits.fileBytesMax) specBytes += file.sizeBytes;
      const known = this.#files.get(path);
      if (known?.blobId === file.objectId) files.set(path, known);
      else changed.push(file);
    }
    return { files, changed, specBytes };
  }

  /** Reads the next batch while one is parsed, and lets others work in between. */
  async #parse(changed: readonly SourceFile[]): Promise<LoadedFile[]> {
    const parsed: LoadedFile[] = [];
    let next = this.#readBatch(changed.slice(0, BATCH));
    for (let start = 0; start < changed.length; start += BATCH) {
      const batch = await next;
      next = this.#readBatch(changed.slice(start + BATCH, start + 2 * BATCH));
      // A failure belongs to the turn that awaits it, not to the process.
      next.catch(() => undefined);
      for (const { file, bytes } of batch) {
        const { path, objectId: blobId, sizeBytes } = file;
        parsed.push(
          bytes === undefined
            ? refuseOversized(path, blobId, sizeBytes)
            : loadFile({ path, blobId, bytes }),
        );
      }
    }
    this.#cache?.write(parsed);
    return parsed;
  }

  #readBatch(files: readonly SourceFile[]) {
    const { fileBytesMax } = limits;
    return Promise.all(
      files.map(async (file) => ({
        file,
        bytes:
          file.sizeBytes > fileBytesMax
            ? undefined
            : await this.#readBlob(file.objectId, fileBytesMax),
      })),
    );
  }
}

function assertNotTooManyBytes(specBytes: number): void {
  if (specBytes <= SPEC_BYTES_MAX) return;
  throw new TarsierError(
    'SOURCE_TREE_TOO_LARGE',
    `The spec files of the commit have ${specBytes} bytes; at most ${SPEC_BYTES_MAX} are taken over.`,
    { hint: 'Name a sub-path that holds the fleet alone, or split the fleet.' },
  );
}

/** Beyond these limits the commit as a whole is not taken over. */
function assertNotTooMany(files: ReadonlyMap<string, LoadedFile>): void {
  const tooMany = checkObjectCount(files.values());
  if (tooMany === undefined && files.size <= limits.filesMax) return;
  throw new TarsierError(
    'SOURCE_TREE_TOO_LARGE',
    `The commit has ${files.size} spec files; at most ${limits.filesMax} files with ${limits.objectsMax} objects are taken over.`,
    { hint: 'Describe nodes that are alike with a NodeSet, or split the fleet.' },
  );
}
