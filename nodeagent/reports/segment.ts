/** One file of the report buffer: entries of one stream, numbered without a gap. */

import { readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { CollectedEntry } from '../../link/messages/collected-entry.ts';
import { readLines } from './entry-lines.ts';

export interface Segment {
  readonly path: string;
  /** Grows with each file, also over restarts of the agent. */
  readonly order: number;
  readonly stream: string;
  /** Number of the first entry. */
  readonly first: number;
  count: number;
  bytes: number;
  /** Entries that the segment says were dropped earlier: lost with it, they count again. */
  droppedBefore: number;
  /** Entries that only say so. */
  notices: number;
}

export function newSegment(
  folder: string,
  place: { readonly order: number; readonly stream: string; readonly first: number },
): Segment {
  const name = `${String(place.order).padStart(10, '0')}-${place.stream}-${place.first}`;
  return { ...place, path: join(folder, name), count: 0, bytes: 0, droppedBefore: 0, notices: 0 };
}

/** Reads what a former process left; `lost` counts lines behind a damaged one. */
export function loadSegment(
  folder: string,
  name: string,
): { readonly segment: Segment; readonly lost: number } | undefined {
  const match = /^(\d{10})-([a-z0-9]{1,32})-(\d{1,15})$/.exec(name);
  if (match === null) return undefined;
  const [, order, stream = '', first] = match;
  const segment = newSegment(folder, { order: Number(order), stream, first: Number(first) });
  for (;;) {
    const { entries, offset, isDamaged } = readLines(segment.path, segment.bytes, {
      entriesMax: 10_000,
      bytesMax: 1024 * 1024,
    });
    segment.count += entries.length;
    segment.bytes = offset;
    noteDropped(segment, entries);
    if (isDamaged) return { segment, lost: cutDamage(segment) };
    if (entries.length === 0) return { segment, lost: 0 };
  }
}

export function noteDropped(segment: Segment, entries: readonly CollectedEntry[]): void {
  for (const { kind, body } of entries) {
    if (kind !== 'dropped') continue;
    segment.notices += 1;
    segment.droppedBefore += droppedIn(body);
  }
}

export function droppedIn(body: string): number {
  return (JSON.parse(body) as { readonly entries: number }).entries;
}

/** Returns the number of lines that went, so that they are counted once. */
function cutDamage({ path, bytes }: Segment): number {
  const rest = readFileSync(path).subarray(bytes);
  truncateSync(path, bytes);
  return rest.reduce((sum, byte) => sum + (byte === 0x0a ? 1 : 0), 0);
}
