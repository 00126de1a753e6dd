/** Finds the name that a mistyped one was meant to be. */

import { distance } from 'fastest-levenshtein';

const DISTANCE_MAX = 2;
/** Below this length two edits make almost any other word. */
const SHORT_LENGTH = 4;

/**
 * The one known name within two edits (one for short names), or the only one that `name` begins.
 * Undefined when nothing fits or two fit equally well.
 */
export function findNearestName(name: string, known: Iterable<string>): string | undefined {
  const limit = name.length <= SHORT_LENGTH ? 1 : DISTANCE_MAX;
  let best: { name: string; distance: number; tie: boolean } | undefined;
  let prefixed: string | undefined;
  let prefixCount = 0;
  const wanted = name.toLowerCase();
  for (const candidate of known) {
    if (candidate.startsWith(name)) {
      prefixed = candidate;
      prefixCount += 1;
    }
    if (Math.abs(candidate.length - name.length) > limit) continue;
    const edits = distance(wanted, candidate.toLowerCase());
    if (edits > limit || (best !== undefined && edits > best.distance)) continue;
    best = { name: candidate, distance: edits, tie: best?.distance === edits };
  }
  if (best !== undefined && !best.tie) return best.name;
  return prefixCount === 1 ? prefixed : undefined;
}
