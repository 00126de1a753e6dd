/** Chains every log entry to the one before it, so that loss, change and reordering show. */

import type { LogEntry } from './log.ts';

/** SHA-256 of the bytes as lower-case hex. Passed in, because this folder touches no platform. */
export type HashFunction = (bytes: Uint8Array) => string;

/** The hash "before" the first entry of every log. */
export const GENESIS_HASH = '0'.repeat(64);

const encoder = new TextEncoder();
/** Entries are small and many: most are joined here and not in a new array each. */
const scratch = new Uint8Array(16_384);

/** The hash of an entry that follows an entry with hash `previousHash`. */
export function chainHash(
  hash: HashFunction,
  previousHash: string,
  { sequence, commandId, payload }: Pick<LogEntry, 'sequence' | 'commandId' | 'payload'>,
): string {
  // The length of the command id keeps (id, payload) pairs apart that would join to the same bytes.
  const head = `${previousHash}\n${sequence}\n${commandId.length}\n${commandId}\n`;
  // A UTF-16 unit takes at most three bytes in UTF-8.
  const sizeMax = head.length * 3 + payload.length;
  const bytes = sizeMax <= scratch.length ? scratch : new Uint8Array(sizeMax);
  const { written } = encoder.encodeInto(head, bytes);
  bytes.set(payload, written);
  return hash(bytes.subarray(0, written + payload.length));
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
