/** Reads an instance's output as lines: its last ones, or from a position on. */

import { readFileSync, statSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { readRange } from './instance-output.ts';
import { archivedEnd, readLayout, type Archive } from './layout.ts';

export interface Line {
  readonly text: string;
  /** Position behind its newline. */
  readonly end: number;
}

export interface LastLines {
  /** Oldest first. */
  readonly lines: readonly Line[];
  /** Behind the last complete line. */
  readonly position: number;
}

export interface NextLines {
  readonly lines: readonly Line[];
  /** Where the next read goes on. */
  readonly position: number;
  /** Nothing more is there at the moment. */
  readonly atEnd: boolean;
}

/** A piece of output that is there as a whole. */
interface Extent {
  readonly start: number;
  readonly end: number;
  read(from: number, to: number): Buffer;
}

/** What is shown of a longer line. */
const LINE_BYTES_MAX = 16 * 1024;
const BLOCK_BYTES = 256 * 1024;
/** A search through old output ends after this much. */
const SEARCH_BYTES_MAX = 256 * 1024 * 1024;
const NEWLINE = 0x0a;

/** Keeps the archive it read last; make one for each reader and let it go afterwards. */
export class OutputReader {
  readonly #folder: string;
  #unpacked: { readonly path: string; readonly content: Buffer } | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The last `count` complete lines that contain `contains`. */
  async lastLines(count: number, contains = ''): Promise<LastLines> {
    for (;;) {
      try {
        return await this.#lastLines(count, contains);
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    }
  }

  async #lastLines(count: number, contains: string): Promise<LastLines> {
    const collector = new BackwardLines(count, Buffer.from(contains));
    for (const extent of this.#extents().toReversed()) {
      for (let to = extent.end; to > extent.start;) {
        const from = Math.max(extent.start, to - BLOCK_BYTES);
        if (collector.add(extent.read(from, to), from)) return collector.finish();
        to = from;
        await nextTurn();
      }
    }
    return collector.finish();
  }

  /** At most one block of complete lines from `position` on. A position that was deleted moves up. */
  linesFrom(position: number): NextLines {
    try {
      return this.#linesFrom(position);
    } catch (error) {
      if (isGone(error)) return { lines: [], position, atEnd: false };
      throw error;
    }
  }

  #linesFrom(position: number): NextLines {
    const extents = this.#extents();
    const extent = extents.find(({ end }) => end > position);
    if (extent === undefined) return { lines: [], position, atEnd: true };
    const from = Math.max(position, extent.start);
    const bytes = extent.read(from, Math.min(extent.end, from + BLOCK_BYTES));
    const lines = splitLines(bytes, from);
    const last = lines.at(-1);
    if (last !== undefined) return { lines, position: last.end, atEnd: false };
    // A line without an end in sight is given out in pieces.
    const end = from + bytes.length;
    if (bytes.length < BLOCK_BYTES && extent.end === extents.at(-1)?.end) {
      return { lines: [], position: from, atEnd: true };
    }
    return { lines: [toLine(bytes, end)], position: end, atEnd: false };
  }

  /** Oldest first; what was deleted is simply not there. */
  #extents(): readonly Extent[] {
    const layout = readLayout(this.#folder);
    const archived = layout.archives.map((archive) => ({
      start: archive.start,
      end: archive.end,
      read: (from: number, to: number) =>
        this.#unpack(archive).subarray(from - archive.start, to - archive.start),
    }));
    const live = layout.live.flatMap((file) => {
      const start = archivedEnd(layout, file);
      const end = file.start + (statSync(file.path, { throwIfNoEntry: false })?.size ?? 0);
      const read = (from: number, to: number): Buffer =>
        readRange(file.path, from - file.start, to - from);
      return end > start ? [{ start, end, read }] : [];
    });
    return [...archived, ...live].toSorted((a, b) => a.start - b.start);
  }

  #unpack({ path }: Archive): Buffer {
    if (this.#unpacked?.path !== path) {
      this.#unpacked = { path, content: gunzipSync(readFileSync(path)) };
    }
    return this.#unpacked.content;
  }
}

/** A rotation took the file away between the look at the folder and the read: look again. */
function isGone(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** Takes blocks from the newest to the oldest, and puts lines together that reach over several. */
class BackwardLines {
  readonly #count: number;
  readonly #contains: Buffer;
  readonly #found: Line[] = [];
  /** The end of a line that begins in an older block, last piece first. */
  #carry: Buffer[] = [];
  /** Behind the newline of that line; undefined until the first newline was seen. */
  #carryEnd: number | undefined;
  #position: number | undefined;
  #searched = 0;

  constructor(count: number, contains: Buffer) {
    this.#count = count;
    this.#contains = contains;
  }

  /** True when enough was found or searched. */
  add(bytes: Buffer, start: number): boolean {
    this.#searched += bytes.length;
    let to = bytes.length;
    for (;;) {
      if (this.#found.length >= this.#count) return true;
      const at = to === 0 ? -1 : bytes.lastIndexOf(NEWLINE, to - 1);
      if (at < 0) break;
      // Behind the very last newline stands a line that is not complete yet.
      if (this.#position === undefined) this.#position = start + at + 1;
      else this.#take(bytes.subarray(at + 1, to));
      this.#carry = [];
      this.#carryEnd = start + at + 1;
      to = at;
    }
    if (this.#carryEnd !== undefined) this.#carry.push(bytes.subarray(0, to));
    return this.#searched > SEARCH_BYTES_MAX;
  }

  finish(): LastLines {
    const isExhausted = this.#found.length < this.#count && this.#searched <= SEARCH_BYTES_MAX;
    if (isExhausted && this.#carryEnd !== undefined) this.#take(Buffer.alloc(0));
    return { lines: this.#found.toReversed(), position: this.#position ?? 0 };
  }

  #take(beginning: Buffer): void {
    const isShort = this.#carry.length === 0;
    const bytes = isShort ? beginning : Buffer.concat([beginning, ...this.#carry.toReversed()]);
    if (this.#contains.length > 0 && !bytes.includes(this.#contains)) return;
    this.#found.push(toLine(bytes, this.#carryEnd ?? 0));
  }
}

function splitLines(bytes: Buffer, start: number): readonly Line[] {
  const lines: Line[] = [];
  for (let from = 0; ;) {
    const at = bytes.indexOf(NEWLINE, from);
    if (at < 0) return lines;
    lines.push(toLine(bytes.subarray(from, at), start + at + 1));
    from = at + 1;
  }
}

/** Bytes that are not UTF-8 become U+FFFD, so that any output can be shown. */
function toLine(bytes: Buffer, end: number): Line {
  const text = bytes.subarray(0, LINE_BYTES_MAX).toString('utf8');
  return { text: bytes.length > LINE_BYTES_MAX ? `${text}…` : text.replace(/\r$/, ''), end };
}
