/** Keeps the texts that objects name with `file:`, and reads again only those that have changed. */

import { TarsierError } from '../../errors/tarsier-error.ts';
import type { LoadedFile } from '../../spec/repository.ts';
import { limits } from '../../spec/read/limits.ts';
import type { TextFile } from '../../spec/resolve/resolved.ts';
import { listTextReferences } from '../../spec/resolve/resolve-text.ts';
import type { SourceSnapshot } from './commit-reader.ts';

/** The content of a blob; fails beyond `bytesMax`. */
export type ReadBlob = (objectId: string, bytesMax: number) => Promise<Uint8Array>;

/** What may have changed since the last load. */
export interface TextNews {
  /** Their references are new. */
  readonly files: Iterable<LoadedFile>;
  /** Their contents are new; without it, that of any path may be. */
  readonly paths?: readonly string[];
}

/** Of all texts of a commit together. */
const TEXT_BYTES_MAX = 128 * 1024 ** 2;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeText(content: Uint8Array): string | undefined {
  if (content.includes(0)) return undefined;
  try {
    return utf8.decode(content);
  } catch {
    return undefined;
  }
}

export class TextLoader {
  readonly #readBlob: ReadBlob;
  /** Every path that was ever named since the last full load, with its text if there is one. */
  #texts = new Map<string, TextFile | undefined>();
  /** Never less than they have. */
  #bytes = 0;

  constructor(readBlob: ReadBlob) {
    this.#readBlob = readBlob;
  }

  /** The texts of this snapshot. The result stays good until the next load. */
  async load(
    snapshot: SourceSnapshot,
    { files, paths }: TextNews,
  ): Promise<(path: string) => TextFile | undefined> {
    const before = this.#texts;
    const texts = paths === undefined ? new Map<string, TextFile | undefined>() : before;
    const wanted = new Set(listTextReferences(files));
    if (paths !== undefined) {
      for (const path of wanted) if (before.has(path)) wanted.delete(path);
      for (const path of paths) if (before.has(path)) wanted.add(path);
    }
    const bytesBefore = paths === undefined ? 0 : this.#bytes;
    this.#bytes = bytesBefore + sizeOf(snapshot, wanted);
    // What has gone was never subtracted, so it is counted anew before anyone is refused.
    if (this.#bytes > TEXT_BYTES_MAX) {
      this.#bytes = sizeOf(snapshot, new Set([...texts.keys(), ...wanted]));
      assertNotTooManyBytes(this.#bytes);
    }
    const read = await Promise.all(
      Array.from(wanted, async (path) => ({
        path,
        text: await this.#read(snapshot, path, before.get(path)),
      })),
    );
    for (const { path, text } of read) texts.set(path, text);
    this.#texts = texts;
    return (path) => texts.get(path);
  }

  async #read(
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
    const text = decodeText(await this.#readBlob(file.objectId, textFileBytesMax));
    if (text === undefined) return { state: 'refused', reason: 'binary' };
    return { state: 'text', blobId: file.objectId, text };
  }
}

/** Of those that are small enough to be read. */
function sizeOf(snapshot: SourceSnapshot, paths: Iterable<string>): number {
  let bytes = 0;
  for (const path of paths) {
    const sizeBytes = snapshot.files.get(path)?.sizeBytes ?? 0;
    if (sizeBytes <= limits.textFileBytesMax) bytes += sizeBytes;
  }
  return bytes;
}

function assertNotTooManyBytes(bytes: number): void {
  if (bytes <= TEXT_BYTES_MAX) return;
  throw new TarsierError(
    'SOURCE_TREE_TOO_LARGE',
    `The files that objects name have ${bytes} bytes; at most ${TEXT_BYTES_MAX} are taken over.`,
    { hint: 'Put what is large into packages.' },
  );
}
