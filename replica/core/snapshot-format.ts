/** A snapshot as bytes: one line of JSON that says what it speaks for, then the encoded state. */

import { TarsierError } from '../../errors/tarsier-error.ts';
import type { LogEntry } from './log.ts';
import type { Digest } from './blobs.ts';

export interface SnapshotHeader {
  /** The state is that after this many entries. */
  readonly sequence: number;
  /** The log's hash at `sequence`: a snapshot of another history is refused. */
  readonly hash: string;
}

/** What the log says about a snapshot: enough to find and judge it. */
export interface SnapshotRecord extends SnapshotHeader {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** The ones before it, newest first, so that one record is enough to find them all. */
  readonly older: readonly SnapshotRecord[];
}

/** Raised when the line or what follows it changes; then this version reads both. */
const FORMAT_NUMBER = 1;
const FORMAT = `tarsier-snapshot-${FORMAT_NUMBER}`;
const formatPattern = /^\{"format":"tarsier-snapshot-(\d{1,9})"/;
const NEWLINE = 0x0a;
/** Commands of users never start with this; entries that do belong to the replica itself. */
const RECORD_PREFIX = '$snapshot:';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeSnapshot(header: SnapshotHeader, state: Uint8Array): Uint8Array {
  const line = encoder.encode(`${JSON.stringify({ format: FORMAT, ...header })}\n`);
  const bytes = new Uint8Array(line.length + state.length);
  bytes.set(line);
  bytes.set(state, line.length);
  return bytes;
}

/**
 * The encoded state; `undefined` when the bytes are not the snapshot that `expected` names, and
 * `SNAPSHOT_TOO_NEW` when a newer version wrote them.
 */
export function decodeSnapshot(
  bytes: Uint8Array,
  expected: SnapshotHeader,
): Uint8Array | undefined {
  const end = bytes.indexOf(NEWLINE);
  const line = JSON.stringify({
    format: FORMAT,
    sequence: expected.sequence,
    hash: expected.hash,
  });
  if (end === -1) return undefined;
  const found = decoder.decode(bytes.subarray(0, end));
  const format = Number(formatPattern.exec(found)?.[1] ?? FORMAT_NUMBER);
  if (format > FORMAT_NUMBER) throw snapshotTooNew('log', format, FORMAT_NUMBER);
  return found === line ? bytes.subarray(end + 1) : undefined;
}

export function snapshotTooNew(of: string, format: number, known: number): TarsierError {
  return new TarsierError(
    'SNAPSHOT_TOO_NEW',
    `The snapshot of the ${of} has format ${format}; this version reads formats up to ${known}. Start the version that wrote it, or a newer one.`,
    { details: { of, format, known } },
  );
}

/** The command id under which a snapshot is recorded: members that snapshot alike record it once. */
export function recordCommandId(record: SnapshotRecord): string {
  return `${RECORD_PREFIX}${record.sequence}:${record.digest.slice(-16)}`;
}

export function isReservedCommandId(commandId: string): boolean {
  return commandId.startsWith('$');
}

export function encodeRecord(record: SnapshotRecord): Uint8Array {
  return encoder.encode(JSON.stringify(record));
}

/** The record that an entry carries; `undefined` for the command of a user. */
export function readRecord(entry: LogEntry): SnapshotRecord | undefined {
  if (!entry.commandId.startsWith(RECORD_PREFIX)) return undefined;
  // The chain of the log vouches for these bytes.
  return JSON.parse(decoder.decode(entry.payload)) as SnapshotRecord;
}
