/** The faults of the newest commit with lines, columns and frames, for the API and for `tarsctl dev`. */

import type { FaultResource } from '../registry/status/resources.ts';
import type { Fault } from '../spec/fault.ts';
import { reportFaults } from '../spec/fault-output/render-json.ts';
import { renderFaultsAsText } from '../spec/fault-output/render-text.ts';
import type { LoadedFile } from '../spec/repository.ts';
import type { TextFile } from '../spec/resolve/resolved.ts';

/** The content of a file of the commit by its blob id. */
type ReadBlob = (blobId: string, bytesMax: number) => Promise<Uint8Array>;

export interface CommitTexts {
  readonly files: ReadonlyMap<string, LoadedFile>;
  /** Files that objects name with `file:`. */
  readonly readText: (path: string) => TextFile | undefined;
}

/** Further faults are listed without a frame. */
const framesMax = 200;
const sourceBytesMax = 256 * 1024;
// Faults are placed in the text as it was loaded, with its byte order mark.
const sourceDecoder = new TextDecoder('utf-8', { ignoreBOM: true });

export class FaultBoard {
  readonly #readBlob: ReadBlob;
  #faults: readonly FaultResource[] = [];
  #wanted: readonly Fault[] = [];
  #working: Promise<void> = Promise.resolve();

  constructor(readBlob: ReadBlob) {
    this.#readBlob = readBlob;
  }

  /** The same array while the faults are the same. */
  get current(): readonly FaultResource[] {
    return this.#faults;
  }

  /** Resolves when `current` speaks of what was shown last. */
  get settled(): Promise<void> {
    return this.#working;
  }

  /** Shows at once what needs no file, and the frames when the files are read. */
  show(faults: readonly Fault[], commit: CommitTexts): void {
    if (faults.length === 0 && this.#faults.length === 0) return;
    this.#wanted = faults;
    this.#faults = describe(faults, new Map());
    this.#working = this.#addFrames(faults, commit);
  }

  async #addFrames(faults: readonly Fault[], { files, readText }: CommitTexts): Promise<void> {
    const texts = new Map<string, string>();
    for (const path of pathsOf(faults.slice(0, framesMax))) {
      const blobId = files.get(path)?.blobId;
      const named = blobId === undefined ? readText(path) : undefined;
      if (named?.state === 'text') texts.set(path, named.text);
      if (blobId === undefined || blobId === '') continue;
      try {
        texts.set(path, sourceDecoder.decode(await this.#readBlob(blobId, sourceBytesMax)));
      } catch {
        // Too large or gone: the fault is shown without its frame.
      }
    }
    if (this.#wanted === faults) this.#faults = describe(faults, texts);
  }
}

function pathsOf(faults: readonly Fault[]): ReadonlySet<string> {
  return new Set(
    faults.flatMap(({ place, related = [] }) => [
      place.path,
      ...related.map((other) => other.place.path),
    ]),
  );
}

function describe(
  faults: readonly Fault[],
  texts: ReadonlyMap<string, string>,
): readonly FaultResource[] {
  const readSource = (path: string): string | undefined => texts.get(path);
  return faults.flatMap((fault, index) =>
    reportFaults([fault], readSource).map(
      ({ code, severity, message, path, line, column, suggestion, hint, object }) => ({
        code,
        severity,
        message,
        path,
        ...(line === undefined || column === undefined ? {} : { line, column }),
        ...(suggestion === undefined ? {} : { suggestion }),
        ...(hint === undefined ? {} : { hint }),
        ...(object === undefined ? {} : { object }),
        ...(index < framesMax ? { text: renderFaultsAsText([fault], readSource) } : {}),
      }),
    ),
  );
}
