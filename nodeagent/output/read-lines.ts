/** Reads an instance's output as lines: its last ones, or from a position on. */

import { readFileSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { readRange } from './instance-output.ts';
import { archivedEnd, readLayout, type Layout } from './layout.ts';

export interface Line {
  readonly text: string;
  /** Behind its newline. */
  readonly end: number;
}

/** Bytes of a piece of output, and where they stand. */
interface Block {
  readonly start: number;
  readonly bytes: Buffer;
}

interface Extent {
  readonly start: number;
  readonly end: number;
  read(from: number, to: number): Buffer;
}

/** What is cut from a line that is longer; the rest of it is not shown. */
const LINE_BYTES_MAX = 16 * 1024;
const BLOCK_BYTES = 256 * 1024;
/** A search through old output ends after this much. */
const SEARCH_BYTES_MAX = 256 * 1024 * 1024;

/** Contiguous pieces, oldest first; what was deleted is simply not there. */
function extentsOf(folder: string): readonly Extent[] {
  const layout = readLayout(folder);
  return [...archiveExtents(layout), ...liveExtents(layout)].toSorted((a, b) => a.start - b.start);
}

function archiveExtents(layout: Layout): readonly Extent[] {
  return layout.archives.map(({ path, start, end }) => {
    let content: Buffer | undefined;
    const read = (from: number, to: number): Buffer => {
      content ??= gunzipSync(readFileSync(path));
      return content.subarray(from - start, to - start);
    };
    return { start, end, read };
  });
}

function liveExtents(layout: Layout): readonly Extent[] {
  return layout.live.flatMap((live) => {
    const start = archivedEnd(layout, live);
    const end = live.start + statSync(live.path).size;
    const read = (from: number, to: number): Buffer =>
      readRange(live.path, from - live.start, to - from);
    return end > start ? [{ start, end, read }] : [];
  });
}

/** Blocks from the newest to the oldest. */
function* blocksBackward(folder: string): Generator<Block> {
  for (const extent of extentsOf(folder).toReversed()) {
    for (let to = extent.end; to > extent.start;) {
      const from = Math.max(extent.start, to - BLOCK_BYTES);
      yield { start: from, bytes: extent.read(from, to) };
      to = from;
    }
  }
}

/** The last `count` complete lines that contain `contains`, oldest first, and where the output ends. */
export function readLastLines(
  folder: string,
  count: number,
  contains?: string,
): { readonly lines: readonly Line[]; readonly position: number } {
  const found: Line[] = [];
  let position: number | undefined;
  /** The beginning of a line whose end was in a newer block. */
  let carry: Buffer[] = [];
  let carryEnd = 0;
  let searched = 0;
  const take = (bytes: Buffer, end: number): void => {
    const line = toLine(bytes, end);
    if (contains === undefined || line.text.includes(contains)) found.push(line);
  };
  for (const { start, bytes } of blocksBackward(folder)) {
    searched += bytes.length;
    let to = bytes.length;
    for (let at = bytes.lastIndexOf(NEWLINE); at >= 0 && found.length < count;) {
      const rest = bytes.subarray(at + 1, to);
      // Behind the last newline of all stands a line that is not complete yet.
      if (position === undefined) position = start + at + 1;
      else take(Buffer.concat([rest, ...carry.toReversed()]), carryEnd);
      carry = [];
      carryEnd = start + at + 1;
      to = at;
      at = at === 0 ? -1 : bytes.lastIndexOf(NEWLINE, at - 1);
    }
    if (found.length >= count || searched > SEARCH_BYTES_MAX) break;
    if (position !== undefined) carry.push(bytes.subarray(0, to));
  }
  const reachedBeginning =
    position !== undefined && found.length < count && searched <= SEARCH_BYTES_MAX;
  if (reachedBeginning && carryEnd > 0) take(Buffer.concat(carry.toReversed()), carryEnd);
  return { lines: found.slice(0, count).toReversed(), position: position ?? 0 };
}

const NEWLINE = 0x0a;

export interface ForwardChunk {
  readonly lines: readonly Line[];
  /** Where the next read goes on. */
  readonly position: number;
  /** Nothing more is there at the moment. */
  readonly atEnd: boolean;
}

/** At most one block of complete lines from `position` on. A position that was deleted moves up. */
export function readLinesFrom(folder: string, position: number): ForwardChunk {
  const extent = extentsOf(folder).find(({ end }) => end > position);
  if (extent === undefined) return { lines: [], position, atEnd: true };
  const from = Math.max(position, extent.start);
  const bytes = extent.read(from, Math.min(extent.end, from + BLOCK_BYTES));
  const lines = splitLines(bytes, from);
  const last = lines.at(-1);
  if (last !== undefined) return { lines, position: last.end, atEnd: false };
  // A line without an end fills the whole block: it is given out in pieces.
  if (bytes.length === BLOCK_BYTES) {
    const end = from + bytes.length;
    return { lines: [toLine(bytes, end)], position: end, atEnd: false };
  }
  return { lines: [], position: from, atEnd: true };
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
  const isLong = bytes.length > LINE_BYTES_MAX;
  const text = bytes.subarray(0, LINE_BYTES_MAX).toString('utf8');
  return { text: isLong ? `${text}…` : text.replace(/\r$/, ''), end };
}
