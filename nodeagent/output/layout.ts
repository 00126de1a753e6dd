/** Names of output files. Positions count bytes since the instance's first output, and never change. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The file that is written to; its first byte has position `start`, and its head may be a hole. */
export interface LiveFile {
  readonly path: string;
  readonly start: number;
}

/** Bytes `start` to `end` (exclusive), compressed, on the disk for good. */
export interface Archive {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

export interface Layout {
  /** Oldest first; all but the last are left over from a crash. */
  readonly live: readonly LiveFile[];
  /** Oldest first. */
  readonly archives: readonly Archive[];
}

export function livePath(folder: string, start: number): string {
  return join(folder, `output.${start}.log`);
}

export function archivePath(folder: string, start: number, end: number): string {
  return join(folder, `output.${start}-${end}.log.gz`);
}

/** Files with other names are not ours, and stay. */
export function readLayout(folder: string): Layout {
  const live: LiveFile[] = [];
  const archives: Archive[] = [];
  for (const name of readNames(folder)) {
    const path = join(folder, name);
    const liveMatch = /^output\.(\d+)\.log$/.exec(name);
    if (liveMatch !== null) live.push({ path, start: Number(liveMatch[1]) });
    const match = /^output\.(\d+)-(\d+)\.log\.gz$/.exec(name);
    if (match !== null) archives.push({ path, start: Number(match[1]), end: Number(match[2]) });
  }
  return {
    live: live.toSorted((a, b) => a.start - b.start),
    archives: archives.toSorted((a, b) => a.start - b.start),
  };
}

function readNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Up to where a live file is in archives: its bytes before that may be a hole by now. */
export function archivedEnd(layout: Layout, live: LiveFile): number {
  const ends = layout.archives.filter((archive) => archive.end > live.start).map(({ end }) => end);
  return Math.max(live.start, ...ends);
}
