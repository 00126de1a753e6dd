/** Entries as lines of a file: a checksum, then JSON. A line that was cut off is no line. */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { CollectedEntry } from '../../link/messages/collected-entry.ts';

const CHECKSUM_LENGTH = 8;
const NEW_LINE = 0x0a;

export interface ReadLines {
  readonly entries: readonly CollectedEntry[];
  /** Behind the last entry. */
  readonly offset: number;
  /** A line that is whole and wrong stands there. */
  readonly isDamaged: boolean;
}

export function lineOf(entry: CollectedEntry): string {
  const json = JSON.stringify(entry);
  return `${checksum(json)} ${json}\n`;
}

/** At most `entriesMax`, and no more than fit into `bytesMax`, but one in any case. */
export function readLines(
  path: string,
  offset: number,
  limits: { readonly entriesMax: number; readonly bytesMax: number },
): ReadLines {
  const descriptor = openSync(path, 'r');
  try {
    const left = fstatSync(descriptor).size - offset;
    for (let size = Math.min(left, limits.bytesMax); ; size = Math.min(left, size * 2)) {
      const bytes = Buffer.alloc(Math.max(0, size));
      const read = readSync(descriptor, bytes, 0, bytes.length, offset);
      const lines = parseLines(bytes.subarray(0, read), limits.entriesMax);
      if (lines.entries.length > 0 || lines.isDamaged || size >= left) {
        return { ...lines, offset: offset + lines.offset };
      }
    }
  } finally {
    closeSync(descriptor);
  }
}

function parseLines(bytes: Buffer, entriesMax: number): ReadLines {
  const entries: CollectedEntry[] = [];
  let offset = 0;
  while (entries.length < entriesMax) {
    const end = bytes.indexOf(NEW_LINE, offset);
    if (end < 0) break;
    const entry = parseLine(bytes.toString('utf8', offset, end));
    if (entry === undefined) return { entries, offset, isDamaged: true };
    entries.push(entry);
    offset = end + 1;
  }
  return { entries, offset, isDamaged: false };
}

function parseLine(line: string): CollectedEntry | undefined {
  const json = line.slice(CHECKSUM_LENGTH + 1);
  if (line.slice(0, CHECKSUM_LENGTH) !== checksum(json)) return undefined;
  return JSON.parse(json) as CollectedEntry;
}

function checksum(json: string): string {
  return crc32(json).toString(16).padStart(CHECKSUM_LENGTH, '0');
}
