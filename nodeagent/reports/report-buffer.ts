/**
 * Keeps reports on disk until a controller has them: first in, first out, bounded in bytes. An entry
 * survives a kill of the agent as soon as the turn that added it is over; a loss of power may take
 * the last second. When the bound is reached the oldest entries go, and their number is reported.
 */

import { randomBytes } from 'node:crypto';
import {
  close,
  fdatasync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import {
  collectedBodyLengthMax,
  type CollectedEntry,
} from '../../link/messages/collected-entry.ts';
import { lineOf, readLines, type ReadLines } from './entry-lines.ts';
import type { ReportSink } from './report-sink.ts';
import { droppedIn, loadSegment, newSegment, noteDropped, type Segment } from './segment.ts';

export interface ReportBufferOptions {
  readonly folder: string;
  readonly node: string;
  readonly now: () => number;
  /** The disk does not take more now, or does not give back what it took. */
  onWriteFailed(error: unknown): void;
  /** There is something to send. */
  onAdded(): void;
  readonly bytesMax?: number;
  readonly segmentBytesMax?: number;
}

/** A place between two entries. */
export interface Cursor {
  readonly order: number;
  readonly offset: number;
  /** Of the entry behind it. */
  readonly number: number;
}

export interface Batch {
  readonly stream: string;
  readonly from: number;
  readonly entries: readonly CollectedEntry[];
  readonly next: Cursor;
}

const SYNC_AFTER_MS = 1_000;
const BATCH = { entriesMax: 500, bytesMax: 512 * 1024 };

export class ReportBuffer implements ReportSink {
  readonly #options: ReportBufferOptions;
  readonly #bytesMax: number;
  readonly #segmentBytesMax: number;
  /** New for each process: a number never stands for two entries, whatever a crash took. */
  readonly #stream = randomBytes(8).toString('hex');
  /** Oldest first; the last one is written to while `#descriptor` is set. */
  readonly #segments: Segment[] = [];
  #descriptor: number | undefined;
  #queue: CollectedEntry[] = [];
  #dropped = 0;
  #order = 0;
  #nextNumber = 1;
  #acknowledged = { stream: '', upTo: 0 };
  #syncTimer: NodeJS.Timeout | undefined;
  #isScheduled = false;

  constructor(options: ReportBufferOptions) {
    this.#options = options;
    this.#bytesMax = options.bytesMax ?? 64 * 1024 * 1024;
    this.#segmentBytesMax = options.segmentBytesMax ?? 1024 * 1024;
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(options.folder).toSorted()) {
      const loaded = this.#try(() => loadSegment(options.folder, name));
      if (loaded === undefined) continue;
      this.#segments.push(loaded.segment);
      this.#dropped += loaded.lost;
      this.#order = loaded.segment.order;
      if (loaded.segment.count === 0) this.#remove(loaded.segment);
    }
  }

  /** On the disk, acknowledged or not. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  add(entry: CollectedEntry): void {
    if (entry.body.length > collectedBodyLengthMax) this.#dropped += 1;
    else this.#queue.push(entry);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.flush());
  }

  /** Hands what was added to the operating system. */
  flush(): void {
    this.#isScheduled = false;
    const queue = this.#queue;
    this.#queue = [];
    if (this.#dropped > 0) queue.unshift(this.#droppedEntry());
    for (let at = 0; at < queue.length;) at += this.#writeSome(queue, at);
    if (queue.length > 0) this.#options.onAdded();
  }

  /** What stands behind the cursor; `undefined` when there is nothing. */
  read(cursor: Cursor | undefined): Batch | undefined {
    for (const segment of this.#segments.slice()) {
      if (cursor !== undefined && segment.order < cursor.order) continue;
      const start = cursor?.order === segment.order ? cursor : { offset: 0, number: segment.first };
      const left = segment.first + segment.count - start.number;
      if (left <= 0) continue;
      const lines = this.#linesOf(segment, start.offset, left);
      if (lines === 'later') return undefined;
      const { entries, offset } = lines;
      if (entries.length === 0) {
        this.#giveUp(segment);
        continue;
      }
      const number = start.number + entries.length;
      const next = { order: segment.order, offset, number };
      return { stream: segment.stream, from: start.number, entries, next };
    }
    return undefined;
  }

  /** The controller has everything up to here: whole files of it go. */
  acknowledged(stream: string, upTo: number): void {
    this.#acknowledged = { stream, upTo };
    for (const segment of this.#segments.slice()) {
      const isCurrent = this.#descriptor !== undefined && segment === this.#segments.at(-1);
      const last = segment.first + segment.count - 1;
      if (isCurrent || segment.stream !== stream || last > upTo) continue;
      this.#remove(segment);
    }
  }

  /** What is known to have arrived is not sent again by the next process. */
  close(): void {
    this.flush();
    clearTimeout(this.#syncTimer);
    this.#syncTimer = undefined;
    this.#endSegment();
    this.acknowledged(this.#acknowledged.stream, this.#acknowledged.upTo);
  }

  #droppedEntry(): CollectedEntry {
    const { node, now } = this.#options;
    const body = JSON.stringify({ entries: this.#dropped });
    this.#dropped = 0;
    return { kind: 'dropped', at: now(), source: '', node, body };
  }

  /** Writes as many entries as belong into one file; returns their number, lost or not. */
  #writeSome(queue: readonly CollectedEntry[], from: number): number {
    const lines: string[] = [];
    let sizeBytes = this.#segments.at(-1)?.bytes ?? 0;
    if (this.#descriptor === undefined) sizeBytes = 0;
    for (let at = from; at < queue.length; at += 1) {
      const line = lineOf(queue[at] as CollectedEntry);
      lines.push(line);
      sizeBytes += Buffer.byteLength(line);
      if (sizeBytes >= this.#segmentBytesMax) break;
    }
    const written = queue.slice(from, from + lines.length);
    try {
      this.#append(lines.join(''), written);
      if (sizeBytes >= this.#segmentBytesMax) this.#endSegment();
      this.#keepWithinBound();
    } catch (error) {
      for (const entry of written) this.#dropped += weightOf(entry);
      this.#options.onWriteFailed(error);
    }
    return lines.length;
  }

  #append(text: string, entries: readonly CollectedEntry[]): void {
    const segment = this.#openSegment();
    const descriptor = this.#descriptor as number;
    const bytes = Buffer.from(text);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
    } catch (error) {
      // A line that is not whole must not stand before others.
      try {
        ftruncateSync(descriptor, segment.bytes);
      } finally {
        this.#endSegment();
      }
      throw error;
    }
    segment.bytes += bytes.length;
    segment.count += entries.length;
    this.#nextNumber += entries.length;
    noteDropped(segment, entries);
    this.#syncSoon();
  }

  #openSegment(): Segment {
    const current = this.#segments.at(-1);
    if (this.#descriptor !== undefined && current !== undefined) return current;
    const place = { order: this.#order + 1, stream: this.#stream, first: this.#nextNumber };
    mkdirSync(this.#options.folder, { recursive: true, mode: 0o700 });
    const segment = newSegment(this.#options.folder, place);
    this.#descriptor = openSync(segment.path, 'ax', 0o600);
    this.#order = segment.order;
    this.#segments.push(segment);
    return segment;
  }

  #endSegment(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor === undefined) return;
    fdatasync(descriptor, () => close(descriptor));
    const last = this.#segments.at(-1);
    if (last?.count === 0) this.#remove(last);
  }

  #keepWithinBound(): void {
    while (this.bytes > this.#bytesMax && this.#segments.length > 1) {
      const [oldest] = this.#segments;
      if (oldest === undefined) return;
      this.#dropped += this.#unacknowledgedOf(oldest) + oldest.droppedBefore;
      this.#remove(oldest);
    }
  }

  #unacknowledgedOf({ stream, first, count, notices }: Segment): number {
    const isOf = stream === this.#acknowledged.stream;
    const arrived = isOf ? this.#acknowledged.upTo - first + 1 : 0;
    return Math.max(0, count - Math.max(0, arrived) - notices);
  }

  #linesOf({ path }: Segment, offset: number, left: number): ReadLines | 'later' {
    try {
      return readLines(path, offset, {
        ...BATCH,
        entriesMax: Math.min(BATCH.entriesMax, left),
      });
    } catch (error) {
      this.#options.onWriteFailed(error);
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EMFILE' || code === 'ENFILE') return 'later';
      return { entries: [], offset, isDamaged: true };
    }
  }

  /** Somebody took the file away or damaged it: what it held is lost, and counts as dropped. */
  #giveUp(segment: Segment): void {
    this.#dropped += this.#unacknowledgedOf(segment) + segment.droppedBefore;
    if (this.#descriptor !== undefined && segment === this.#segments.at(-1)) this.#endSegment();
    this.#try(() => this.#remove(segment));
  }

  #try<Value>(work: () => Value): Value | undefined {
    try {
      return work();
    } catch (error) {
      this.#options.onWriteFailed(error);
      return undefined;
    }
  }

  #remove(segment: Segment): void {
    this.#segments.splice(this.#segments.indexOf(segment), 1);
    rmSync(segment.path, { force: true });
  }

  #syncSoon(): void {
    this.#syncTimer ??= setTimeout(() => {
      this.#syncTimer = undefined;
      if (this.#descriptor !== undefined) {
        fdatasync(this.#descriptor, (error) => {
          if (error !== null) this.#options.onWriteFailed(error);
        });
      }
    }, SYNC_AFTER_MS);
  }
}

function weightOf(entry: CollectedEntry): number {
  return entry.kind === 'dropped' ? droppedIn(entry.body) : 1;
}
