/** The name that was probably meant: for fields, kinds, values and references alike. */

import { distance } from 'fastest-levenshtein';

const distanceMax = 2;
const prefixMin = 3;
/** Longer names are not compared: nobody types them, and comparing costs the product of lengths. */
const lengthMax = 128;

/**
 * The one of `known` that is nearest to `name`: the same but for case and separators, or at most two
 * letters away, or the only one that begins with it. `undefined` when nothing is near.
 */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  if (name.length === 0 || name.length > lengthMax) return undefined;
  let best: string | undefined;
  // A short name has no room for two letters of difference.
  let bestDistance = Math.min(distanceMax, Math.floor(name.length / 2)) + 1;
  const prefixed: string[] = [];
  const plain = simplify(name);
  for (const candidate of known) {
    if (candidate === name) return undefined;
    if (simplify(candidate) === plain) return candidate;
    if (candidate.startsWith(name) || name.startsWith(candidate)) prefixed.push(candidate);
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const found = distance(name, candidate);
    if (found < bestDistance) {
      bestDistance = found;
      best = candidate;
    }
  }
  if (best !== undefined) return best;
  const [only] = prefixed;
  const unique = prefixed.length === 1 && only !== undefined;
  return unique && Math.min(name.length, only.length) >= prefixMin ? only : undefined;
}

function simplify(name: string): string {
  return name.toLowerCase().replaceAll(/[-_. ]/g, '');
}
