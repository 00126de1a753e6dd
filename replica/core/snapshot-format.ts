/** A snapshot as bytes: one line of JSON that says what it speaks for, then the encoded state. */

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

const FORMAT = 'tarsier-snapshot-1';
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

/** The encoded state; `undefined` when the bytes are not the snapshot that `expected` names. */
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
  if (end === -1 || decoder.decode(bytes.subarray(0, end)) !== line) return undefined;
  return bytes.subarray(end + 1);
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
