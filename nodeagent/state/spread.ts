/** A number between 0 and 1 that looks random, and is the same for the same words. */

import { createHash } from 'node:crypto';

export function spread(...words: readonly string[]): number {
  const digest = createHash('sha256').update(words.join('\0')).digest();
  return digest.readUInt32BE(0) / 2 ** 32;
}
