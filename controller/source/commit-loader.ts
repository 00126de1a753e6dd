/** Snapshot of a commit → its parsed files and the texts they name. Costs what has changed. */

import type { LoadedFile } from '../../spec/repository.ts';
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

export interface CommitLoaderPorts {
  /** The content of a blob; fails beyond `bytesMax`. */
  content(objectId: string, bytesMax: number): Promise<Uint8Array>;
  isSpecFile(path: string): boolean;
  loadFile(path: string, blobId: string, content: Uint8Array): LoadedFile;
  /** For a file that is not read because of its size. */
  loadOversized(path: string, blobId: string, sizeBytes: number): LoadedFile;
  /** Paths that the objects of these files name with `file:`. */
  listTextReferences(files: Iterable<LoadedFile>): Iterable<string>;
  readonly fileBytesMax: number;
  readonly textBytesMax: number;
}

/** Files that are read and parsed between two turns of the event loop. */
const BATCH = 64;

export class CommitLoader {
  readonly #ports: CommitLoaderPorts;
  readonly #cache: LoadedFileCache | undefined;
  #files: Map<string, LoadedFile>;
  #texts = new Map<string, TextFile>();

  constructor(ports: CommitLoaderPorts, cache?: LoadedFileCache) {
    this.#ports = ports;
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
      if (!this.#ports.isSpecFile(file.path)) continue;
      const known = this.#files.get(file.path);
      if (known?.blobId === file.objectId) files.set(file.path, known);
      else changed.push(file);
    }
    for (const file of await this.#parse(changed)) files.set(file.path, file);
    const isSpecFile = (path: string) => this.#ports.isSpecFile(path);
    for (const file of refusedFiles(snapshot, isSpecFile, pathsInForce)) files.set(file.path, file);
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
      for (const { file, content } of batch) {
        parsed.push(
          content === undefined
            ? this.#ports.loadOversized(file.path, file.objectId, file.sizeBytes)
            : this.#ports.loadFile(file.path, file.objectId, content),
        );
      }
    }
    this.#cache?.write(parsed);
    return parsed;
  }

  #readBatch(files: readonly SourceFile[]) {
    const { fileBytesMax } = this.#ports;
    return Promise.all(
      files.map(async (file) => ({
        file,
        content:
          file.sizeBytes > fileBytesMax
            ? undefined
            : await this.#ports.content(file.objectId, fileBytesMax),
      })),
    );
  }

  async #readTexts(
    snapshot: SourceSnapshot,
    files: ReadonlyMap<string, LoadedFile>,
  ): Promise<ReadonlyMap<string, TextFile>> {
    const before = this.#texts;
    const texts = new Map<string, TextFile>();
    const wanted = new Set(this.#ports.listTextReferences(files.values()));
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
    const { textBytesMax } = this.#ports;
    if (file.sizeBytes > textBytesMax) return { state: 'refused', reason: 'too-large' };
    const content = await this.#ports.content(file.objectId, textBytesMax);
    const text = decodeText(content);
    if (text === undefined) return { state: 'refused', reason: 'binary' };
    return { state: 'text', blobId: file.objectId, text };
  }
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
