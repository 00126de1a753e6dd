/** Snapshot of a commit → its parsed files and the texts they name. Costs what has changed. */

import { TarsierError } from '../../errors/tarsier-error.ts';
import { isSpecFile, refuseOversized } from '../../spec/read/check-entries.ts';
import { checkObjectCount } from '../../spec/read/check-object-count.ts';
import { limits } from '../../spec/read/limits.ts';
import { loadFile } from '../../spec/read/load-file.ts';
import type { LoadedFile } from '../../spec/repository.ts';
import { listTextReferences } from '../../spec/resolve/resolve-text.ts';
import type { TextFile } from '../../spec/resolve/resolved.ts';
import type { CommitInfo } from './commit-info.ts';
import type { SourceSnapshot } from './commit-reader.ts';
import type { LoadedFileCache } from './loaded-file-cache.ts';
import { refusedFiles } from './refused-files.ts';
import type { SourceFile } from './tree-index.ts';

export interface LoadedCommit {
  readonly commit: CommitInfo;
  readonly files: ReadonlyMap<string, LoadedFile>;
  readonly readText: (path: string) => TextFile | undefined;
}

/** The content of a blob; fails beyond `bytesMax`. */
export type ReadBlob = (objectId: string, bytesMax: number) => Promise<Uint8Array>;

/** Files that are read and parsed between two turns of the event loop. */
const BATCH = 64;

export class CommitLoader {
  readonly #readBlob: ReadBlob;
  readonly #cache: LoadedFileCache | undefined;
  #files: Map<string, LoadedFile>;
  #texts = new Map<string, TextFile>();

  constructor(readBlob: ReadBlob, cache?: LoadedFileCache) {
    this.#readBlob = readBlob;
    this.#cache = cache;
    this.#files = new Map(cache?.readAll().map((file) => [file.path, file]));
  }

  /** `pathsInForce`: where the objects that are in force came from. */
  async load(
    snapshot: SourceSnapshot,
    pathsInForce: () => Iterable<string> = () => [],
  ): Promise<LoadedCommit> {
    const files = new Map<string, LoadedFile>();
    const changed: SourceFile[] = [];
    for (const file of snapshot.files.values()) {
      if (!isSpecFile(file.path)) continue;
      const known = this.#files.get(file.path);
      if (known?.blobId === file.objectId) files.set(file.path, known);
      else changed.push(file);
    }
    for (const file of await this.#parse(changed)) files.set(file.path, file);
    for (const file of refusedFiles(snapshot, pathsInForce)) files.set(file.path, file);
    assertNotTooMany(files);
    this.#files = files;
    if (changed.length > 0) this.#cache?.prune(files);
    const texts = await this.#readTexts(snapshot, files);
    return { commit: snapshot.commit, files, readText: (path) => texts.get(path) };
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

  async #readTexts(
    snapshot: SourceSnapshot,
    files: ReadonlyMap<string, LoadedFile>,
  ): Promise<ReadonlyMap<string, TextFile>> {
    const before = this.#texts;
    const texts = new Map<string, TextFile>();
    const wanted = new Set(listTextReferences(files.values()));
    await Promise.all(
      [...wanted].map(async (path) => {
        const text = await this.#readText(snapshot, path, before.get(path));
        if (text !== undefined) texts.set(path, text);
      }),
    );
    this.#texts = texts;
    return texts;
  }

  async #readText(
    snapshot: SourceSnapshot,
    path: string,
    before: TextFile | undefined,
  ): Promise<TextFile | undefined> {
    if (snapshot.refused.has(path)) return { state: 'refused', reason: 'link' };
    const file = snapshot.files.get(path);
    if (file === undefined) return undefined;
    if (before?.state === 'text' && before.blobId === file.objectId) return before;
    const { textFileBytesMax } = limits;
    if (file.sizeBytes > textFileBytesMax) return { state: 'refused', reason: 'too-large' };
    const content = await this.#readBlob(file.objectId, textFileBytesMax);
    const text = decodeText(content);
    if (text === undefined) return { state: 'refused', reason: 'binary' };
    return { state: 'text', blobId: file.objectId, text };
  }
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

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decodeText(content: Uint8Array): string | undefined {
  if (content.includes(0)) return undefined;
  try {
    return utf8.decode(content);
  } catch {
    return undefined;
  }
}
