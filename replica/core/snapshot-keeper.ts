/** Writes, finds and loads the snapshots of one replica, and trims the log behind them. */

import { TarsierError, isTarsierError } from '../../errors/tarsier-error.ts';
import type { Blobs } from './blobs.ts';
import { GENESIS_HASH } from './hash-chain.ts';
import type { Log, LogEntry, LogHead } from './log.ts';
import {
  decodeSnapshot,
  encodeRecord,
  encodeSnapshot,
  readRecord,
  recordCommandId,
  type SnapshotHeader,
  type SnapshotRecord,
} from './snapshot-format.ts';

/** The newest one, and one to fall back to. */
const SNAPSHOTS_KEPT = 2;
const SCAN_ENTRIES_PER_READ = 1_000;
const CHUNK_BYTES = 2 ** 20;

export interface LoadedSnapshot {
  readonly sequence: number;
  readonly state: Uint8Array;
}

export class SnapshotKeeper {
  readonly #log: Log;
  readonly #blobs: Blobs;
  /** Newest first: the kept ones, and the one that the log still reaches back to. */
  #records: readonly SnapshotRecord[] = [];

  constructor(log: Log, blobs: Blobs) {
    this.#log = log;
    this.#blobs = blobs;
  }

  /**
   * The newest snapshot that is whole. `undefined` when the log must be applied from its beginning;
   * `SNAPSHOT_DAMAGED` when it does not reach back that far, `SNAPSHOT_TOO_NEW` for a later format.
   */
  async load(head: LogHead): Promise<LoadedSnapshot | undefined> {
    this.#records = await this.#findRecords(head);
    const problems: string[] = [];
    for (const record of this.#records.slice(0, SNAPSHOTS_KEPT)) {
      const state = await this.#read(record, problems);
      if (state !== undefined) return { sequence: record.sequence, state };
    }
    if (head.first === 1) return undefined;
    const tried = problems.length === 0 ? 'none is recorded' : problems.join('; ');
    throw new TarsierError(
      'SNAPSHOT_DAMAGED',
      `Cannot rebuild the state: the log begins with entry ${head.first}, and no snapshot before it can be read (${tried}). Restore log and blobs together from a backup.`,
      { details: { first: head.first, problems } },
    );
  }

  /** Stores a snapshot and records it in the log. `state` is the one after `sequence`. */
  async save(sequence: number, state: Uint8Array): Promise<void> {
    const header = await this.headerAt(sequence);
    const blob = await this.#blobs.put(chunks(encodeSnapshot(header, state)));
    const older = this.#records.slice(0, SNAPSHOTS_KEPT).map(withoutOlder);
    const record = { ...header, digest: blob.digest, sizeBytes: blob.sizeBytes, older };
    await this.#log.append({ commandId: recordCommandId(record), payload: encodeRecord(record) });
    await this.note(record);
  }

  /** What a snapshot of the state after `sequence` entries says that it speaks for. */
  async headerAt(sequence: number): Promise<SnapshotHeader> {
    if (sequence === 0) return { sequence, hash: GENESIS_HASH };
    const [entry] = await this.#log.read(sequence, 1);
    if (entry !== undefined) return { sequence, hash: entry.hash };
    // The copy of the log that answered is behind; the next snapshot comes in time.
    throw new TarsierError('LOG_IO_FAILED', `Entry ${sequence} is applied but not to be read yet.`);
  }

  /** Takes note of a record, own or of another member, and lets go of what it makes superfluous. */
  async note(record: SnapshotRecord): Promise<void> {
    if (this.#records.some(({ digest }) => digest === record.digest)) return;
    const records = newestFirst([record, ...this.#records]);
    this.#records = records.slice(0, SNAPSHOTS_KEPT + 1);
    const [oldestInReach, ...others] = records.slice(SNAPSHOTS_KEPT);
    if (oldestInReach === undefined) return;
    // The log stays for two snapshots' worth of commands: members that lag, and repeated commands.
    await this.#log.trim(oldestInReach.sequence);
    for (const { digest } of [oldestInReach, ...others]) await this.#blobs.delete(digest);
  }

  async #findRecords(head: LogHead): Promise<readonly SnapshotRecord[]> {
    for (let end = head.sequence; end >= head.first; end -= SCAN_ENTRIES_PER_READ) {
      const start = Math.max(head.first, end - SCAN_ENTRIES_PER_READ + 1);
      const entries = await this.#readAll(start, end);
      const found = entries.map(readRecord).filter((record) => record !== undefined);
      if (found.length > 0) return newestFirst(found.flatMap((one) => [one, ...one.older]));
    }
    return [];
  }

  /** All of them: the newest record may be in the last entry, which a copy that is behind lacks. */
  async #readAll(start: number, end: number): Promise<readonly LogEntry[]> {
    const entries: LogEntry[] = [];
    while (start + entries.length <= end) {
      const from = start + entries.length;
      const found = await this.#log.read(from, end - from + 1);
      if (found.length === 0) {
        throw new TarsierError(
          'LOG_IO_FAILED',
          `Entry ${from} is acknowledged but not to be read yet.`,
        );
      }
      entries.push(...found);
    }
    return entries;
  }

  async #read(record: SnapshotRecord, problems: string[]): Promise<Uint8Array | undefined> {
    const name = `snapshot of entry ${record.sequence} (${record.digest})`;
    try {
      const bytes = await collect(await this.#blobs.get(record.digest), record.sizeBytes);
      const state = decodeSnapshot(bytes, record);
      if (state === undefined) problems.push(`${name} speaks for another log`);
      return state;
    } catch (error) {
      // What may pass is no damage: the older one must not be taken for it, nor the state given up.
      const passes = isTarsierError(error) && error.consequence === 'transient';
      if (!isTarsierError(error) || passes || error.code === 'SNAPSHOT_TOO_NEW') throw error;
      problems.push(`${name}: ${error.message}`);
      return undefined;
    }
  }
}

function withoutOlder(record: SnapshotRecord): SnapshotRecord {
  return { ...record, older: [] };
}

function newestFirst(records: readonly SnapshotRecord[]): readonly SnapshotRecord[] {
  const byDigest = new Map(records.map((record) => [record.digest, record]));
  return [...byDigest.values()].toSorted((a, b) => b.sequence - a.sequence);
}

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    yield bytes.subarray(start, start + CHUNK_BYTES);
  }
}

async function collect(content: AsyncIterable<Uint8Array>, sizeBytes: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(sizeBytes);
  let end = 0;
  for await (const chunk of content) {
    bytes.set(chunk, end);
    end += chunk.length;
  }
  return bytes.subarray(0, end);
}
