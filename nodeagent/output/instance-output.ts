/** The output of one instance: files that its processes append to, and their rotation behind their back. */

import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { syncFolder } from '../state/atomic-file.ts';
import {
  archivedEnd,
  archivePath,
  livePath,
  readLayout,
  type Layout,
  type LiveFile,
} from './layout.ts';
import { punchHole } from './punch-hole.ts';

export interface OutputLimits {
  /** A piece of this size is taken off the live file. */
  readonly segmentBytes: number;
  /** Pieces kept besides the live file. */
  readonly archivesMax: number;
}

export interface OpenOutput {
  readonly descriptor: number;
  /** Of the next byte. */
  readonly position: number;
}

export const defaultOutputLimits: OutputLimits = {
  segmentBytes: 10 * 1024 * 1024,
  archivesMax: 10,
};

/** A line longer than this may be cut in two by a rotation. */
const LINE_SEARCH_BYTES = 64 * 1024;

export class InstanceOutput {
  readonly folder: string;
  readonly #limits: OutputLimits;
  readonly #punch: typeof punchHole;
  /** One at a time: two that archive the same piece would spoil it. */
  #rotating: Promise<void> | undefined;
  /** Set once it was found that lines may be lost. */
  #lossy = false;

  constructor(folder: string, limits = defaultOutputLimits, punch = punchHole) {
    this.folder = folder;
    this.#limits = limits;
    this.#punch = punch;
  }

  /** True when this file system forces a rotation that can lose what is written in that moment. */
  get isLossy(): boolean {
    return this.#lossy;
  }

  /**
   * For a new run, when nothing of the last one lives. The caller closes the descriptor. A file whose
   * head is a hole is left to the next rotation, so that its size does not grow for ever. Waits for
   * nothing: a start must not be late for a rotation.
   */
  open(): OpenOutput {
    mkdirSync(this.folder, { recursive: true, mode: 0o755 });
    const layout = readLayout(this.folder);
    const last = layout.live.at(-1) ?? { path: livePath(this.folder, 0), start: 0 };
    const size = statSync(last.path, { throwIfNoEntry: false })?.size ?? 0;
    const archived = archivedEnd(layout, last);
    const end = Math.max(last.start + size, archived);
    const hasHole = archived > last.start;
    const live = hasHole ? { path: livePath(this.folder, end), start: end } : last;
    const descriptor = openSync(live.path, 'a', 0o640);
    this.#link(live);
    return { descriptor, position: end };
  }

  /** Takes full pieces off the live file; safe at any time, and safe to repeat after a crash. */
  rotate(): Promise<void> {
    this.#rotating ??= this.#rotate().finally(() => {
      this.#rotating = undefined;
    });
    return this.#rotating;
  }

  async #rotate(): Promise<void> {
    const layout = readLayout(this.folder);
    const live = layout.live.at(-1);
    if (live === undefined) return;
    for (const old of layout.live.slice(0, -1)) await this.#retire(old);
    const current = recoverTruncated(this.folder, live, layout);
    const done = archivedEnd(layout, current);
    const end = current.start + statSync(current.path).size;
    // By far the most frequent case, looked at every two seconds for every service.
    if (layout.live.length === 1 && end - done < this.#limits.segmentBytes) return;
    for (let from = done; end - from >= this.#limits.segmentBytes;) {
      const to = cutPoint(current, from, from + this.#limits.segmentBytes);
      await this.#archive(current, from, to);
      await this.#release(current, to);
      from = to;
    }
    this.#prune();
  }

  /** All of an old file goes to an archive. */
  async #retire(live: LiveFile): Promise<void> {
    const from = archivedEnd(readLayout(this.folder), live);
    const end = live.start + statSync(live.path).size;
    if (end > from) await this.#archive(live, from, end);
    rmSync(live.path);
  }

  async #archive(live: LiveFile, from: number, to: number): Promise<void> {
    const path = archivePath(this.folder, from, to);
    const staging = `${path}.new`;
    try {
      await pipeline(
        createReadStream(live.path, { start: from - live.start, end: to - live.start - 1 }),
        createGzip({ level: 4 }),
        createWriteStream(staging, { mode: 0o640 }),
      );
      syncFile(staging);
      renameSync(staging, path);
      syncFolder(this.folder);
    } catch (error) {
      rmSync(staging, { force: true });
      this.#makeSpace(error);
      throw error;
    }
  }

  /** On a full disk the oldest output is what can be done without. */
  #makeSpace(error: unknown): void {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') return;
    const oldest = readLayout(this.folder).archives[0];
    if (oldest !== undefined) rmSync(oldest.path, { force: true });
  }

  async #release(live: LiveFile, to: number): Promise<void> {
    if (await this.#punch(live.path, to - live.start)) return;
    // Copy the rest, then cut: what is written between the two is lost, so this is the last resort.
    this.#lossy = true;
    const end = live.start + statSync(live.path).size;
    if (end > to) await this.#archive(live, to, end);
    truncateSync(live.path, 0);
    recoverTruncated(this.folder, live, readLayout(this.folder));
  }

  #prune(): void {
    const { archives } = readLayout(this.folder);
    for (const archive of archives.slice(0, -this.#limits.archivesMax)) rmSync(archive.path);
    for (const name of readdirSync(this.folder)) {
      if (name.endsWith('.log.gz.new')) rmSync(join(this.folder, name), { force: true });
    }
  }

  /** `output.log` always leads to the live file, for people. */
  #link(live: LiveFile): void {
    const staging = join(this.folder, 'output.log.new');
    rmSync(staging, { force: true });
    symlinkSync(basename(live.path), staging);
    renameSync(staging, join(this.folder, 'output.log'));
  }
}

/** A file that was cut after its content was archived goes on under the position of its new start. */
function recoverTruncated(folder: string, live: LiveFile, layout: Layout): LiveFile {
  const archived = archivedEnd(layout, live);
  const { size } = statSync(live.path);
  if (live.start + size >= archived) return live;
  const moved = { path: livePath(folder, archived), start: archived };
  // A new run may have begun its file there in the meantime; the one that was cut is empty.
  if (existsSync(moved.path)) rmSync(live.path);
  else renameSync(live.path, moved.path);
  return moved;
}

/** Behind the last newline before `to`, so that a piece ends with a whole line where it can. */
function cutPoint(live: LiveFile, from: number, to: number): number {
  const searchFrom = Math.max(from, to - LINE_SEARCH_BYTES);
  const bytes = readRange(live.path, searchFrom - live.start, to - searchFrom);
  const at = bytes.lastIndexOf(0x0a);
  return at < 0 ? to : searchFrom + at + 1;
}

/** Fewer bytes than asked for at the end of the file. */
export function readRange(path: string, offset: number, length: number): Buffer {
  const descriptor = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, readSync(descriptor, buffer, 0, length, offset));
  } finally {
    closeSync(descriptor);
  }
}

function syncFile(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
