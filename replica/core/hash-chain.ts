/** Chains every log entry to the one before it, so that loss, change and reordering show. */

import type { LogEntry } from './log.ts';

/** SHA-256 of the bytes as lower-case hex. Passed in, because this folder touches no platform. */
export type HashFunction = (bytes: Uint8Array) => string;

/** The hash "before" the first entry of every log. */
export const GENESIS_HASH = '0'.repeat(64);

const encoder = new TextEncoder();

/** The hash of an entry that follows an entry with hash `previousHash`. */
export function chainHash(
  hash: HashFunction,
  previousHash: string,
  entry: Pick<LogEntry, 'sequence' | 'commandId' | 'payload'>,
): string {
  // The length of the command id keeps (id, payload) pairs apart that would join to the same bytes.
  const head = encoder.encode(
    `${previousHash}\n${entry.sequence}\n${entry.commandId.length}\n${entry.commandId}\n`,
  );
  const bytes = new Uint8Array(head.length + entry.payload.length);
  bytes.set(head);
  bytes.set(entry.payload, head.length);
  return hash(bytes);
}

export interface ChainBreak {
  readonly sequence: number;
  readonly reason: string;
}

/** The first entry that does not follow from the one before it, if any. */
export function findChainBreak(
  hash: HashFunction,
  before: { readonly sequence: number; readonly hash: string },
  entries: Iterable<LogEntry>,
): ChainBreak | undefined {
  let { sequence, hash: previousHash } = before;
  for (const entry of entries) {
    sequence += 1;
    if (entry.sequence !== sequence) {
      return { sequence, reason: `entry ${sequence} is missing (found ${entry.sequence})` };
    }
    if (chainHash(hash, previousHash, entry) !== entry.hash) {
      return { sequence, reason: `entry ${sequence} does not match its hash` };
    }
    previousHash = entry.hash;
  }
  return undefined;
}
