/** What the log and its thread say to each other. */

import type { ErrorCode } from '../../../errors/codes.ts';
import { TarsierError, isTarsierError } from '../../../errors/tarsier-error.ts';
import type { AppendRequest, LogEntry, LogHead } from '../../core/log.ts';
import type { AppendOutcome } from './log-store.ts';

/** Many requests in few objects: the payloads lie one behind the other in `bytes`. */
export interface PackedAppends {
  readonly commandIds: readonly string[];
  readonly expectedSequences: readonly (number | undefined)[];
  /** Where each payload ends. */
  readonly ends: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export type LogCall =
  | { readonly kind: 'append'; readonly appends: PackedAppends }
  | { readonly kind: 'keep'; readonly entries: readonly LogEntry[] }
  | { readonly kind: 'hash-at'; readonly sequence: number }
  | { readonly kind: 'read'; readonly from: number; readonly limit: number }
  | { readonly kind: 'head' }
  | { readonly kind: 'trim'; readonly before: number; readonly limit: number }
  | { readonly kind: 'close' };

/** The value each call resolves to. */
export interface LogAnswers {
  readonly append: AppendOutcome[];
  readonly keep: undefined;
  readonly 'hash-at': string | undefined;
  readonly read: LogEntry[];
  readonly head: LogHead;
  readonly trim: boolean;
  readonly close: undefined;
}

/** An error as plain data: a thread boundary does not keep classes. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
}

export type LogReply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: PlainError };

export function packAppends(requests: readonly AppendRequest[]): PackedAppends {
  const bytes = new Uint8Array(requests.reduce((sum, { payload }) => sum + payload.length, 0));
  const ends: number[] = [];
  let end = 0;
  for (const { payload } of requests) {
    bytes.set(payload, end);
    end += payload.length;
    ends.push(end);
  }
  return {
    commandIds: requests.map(({ commandId }) => commandId),
    expectedSequences: requests.map(({ expectedSequence }) => expectedSequence),
    ends,
    bytes,
  };
}

export function unpackAppends(packed: PackedAppends): AppendRequest[] {
  return packed.commandIds.map((commandId, index) => {
    const payload = packed.bytes.subarray(packed.ends[index - 1] ?? 0, packed.ends[index]);
    const expectedSequence = packed.expectedSequences[index];
    return expectedSequence === undefined
      ? { commandId, payload }
      : { commandId, payload, expectedSequence };
  });
}

export function toPlainError(error: unknown): PlainError {
  if (isTarsierError(error)) {
    const { code, message, hint, details } = error;
    return { code, message, hint, details };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'DEFECT', message, hint: undefined, details: {} };
}

export function fromPlainError({ code, message, hint, details }: PlainError): TarsierError {
  return new TarsierError(code, message, { details, ...(hint === undefined ? {} : { hint }) });
}
