/** The one suggestion behind "did you mean": near enough to be meant, or nothing. */

import { distance } from 'fastest-levenshtein';

const farthest = 2;

/** The nearest candidate within two edits, or the only one that starts with `word`. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: distance(lower, candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= Math.min(farthest, candidate.length - 1))
    .toSorted((left, right) => left.edits - right.edits);
  if (ranked[0] !== undefined) return ranked[0].candidate;
  const prefixed = candidates.filter((candidate) => candidate.toLowerCase().startsWith(lower));
  return lower !== '' && prefixed.length === 1 ? prefixed[0] : undefined;
}
