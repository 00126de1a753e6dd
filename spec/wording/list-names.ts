/** Many names in one sentence. */

/** Names shown before the rest is only counted. */
const shownMax = 3;

/** `n1, n2, n3 and 4 more`, sorted. */
export function listNames(names: readonly string[]): string {
  const sorted = names.toSorted();
  const shown = sorted.slice(0, shownMax).join(', ');
  return sorted.length > shownMax ? `${shown} and ${sorted.length - shownMax} more` : shown;
}
