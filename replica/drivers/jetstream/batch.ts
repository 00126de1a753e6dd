/** Several log entries as one message of a stream: chained to what came before, and checked as a whole. */

import { Packr } from 'msgpackr';
import { chainHash } from '../../core/hash-chain.ts';
import type { LogEntry } from '../../core/log.ts';
import { sha256 } from '../sha256.ts';

/** Where a log is after an entry. */
export interface Position {
  readonly sequence: number;
  readonly hash: string;
}

export interface Batch {
  /** Id of the message that was the last one of the stream when this one was sent; '' for none. */
  readonly behind: string;
  /** The entry before the first one. */
  readonly after: Position;
  /** Consecutive; empty in a message that only proves who is at the head. */
  readonly entries: readonly LogEntry[];
  /**
   * The last entry that its sender will bring, in this message or in ones right behind it: nobody
   * appends before that. More than the end of the entries only where lost ones are put back.
   */
  readonly upTo: number;
}

export interface BatchCommand {
  readonly commandId: string;
  readonly payload: Uint8Array;
}

type Row = readonly [
  format: number,
  behind: string,
  upTo: number,
  afterSequence: number,
  afterHash: string,
  endHash: string,
  commands: readonly (readonly [commandId: string, payload: Uint8Array])[],
];

/** Raised when the rows change; members of the version before must be able to read along or refuse. */
const format = 1;
const packr = new Packr({ useRecords: false });

/** The position behind the last entry. */
export function endOf({ after, entries }: Pick<Batch, 'after' | 'entries'>): Position {
  return entries.at(-1) ?? after;
}

export function chainCommands(
  behind: string,
  after: Position,
  commands: readonly BatchCommand[],
): Batch {
  const entries: LogEntry[] = [];
  let { sequence, hash } = after;
  for (const { commandId, payload } of commands) {
    sequence += 1;
    hash = chainHash(sha256, hash, { sequence, commandId, payload });
    entries.push({ sequence, commandId, payload, hash });
  }
  return { behind, after, entries, upTo: sequence };
}

export function encodeBatch(batch: Batch): Uint8Array {
  const { behind, upTo, after, entries } = batch;
  const commands = entries.map(({ commandId, payload }) => [commandId, payload] as const);
  const row: Row = [format, behind, upTo, after.sequence, after.hash, endOf(batch).hash, commands];
  return packr.pack(row);
}

/** `damaged` when the bytes are no batch or do not match their own hash, `too-new` for other formats. */
export function decodeBatch(bytes: Uint8Array): Batch | 'damaged' | 'too-new' {
  let row: unknown;
  try {
    row = packr.unpack(bytes);
  } catch {
    return 'damaged';
  }
  if (Array.isArray(row) && typeof row[0] === 'number' && row[0] > format) return 'too-new';
  if (!isRow(row)) return 'damaged';
  const [, behind, upTo, sequence, hash, endHash, commands] = row;
  const batch = chainCommands(
    behind,
    { sequence, hash },
    commands.map(([commandId, payload]) => ({ commandId, payload })),
  );
  return endOf(batch).hash === endHash ? { ...batch, upTo } : 'damaged';
}

function isRow(row: unknown): row is Row {
  if (!Array.isArray(row) || row.length !== 7 || row[0] !== format) return false;
  const [, behind, upTo, sequence, hash, endHash, commands] = row as unknown[];
  return (
    typeof behind === 'string' &&
    Number.isSafeInteger(upTo) &&
    Number.isSafeInteger(sequence) &&
    typeof hash === 'string' &&
    typeof endHash === 'string' &&
    Array.isArray(commands) &&
    commands.every(isCommand)
  );
}

function isCommand(value: unknown): boolean {
  return Array.isArray(value) && typeof value[0] === 'string' && value[1] instanceof Uint8Array;
}
