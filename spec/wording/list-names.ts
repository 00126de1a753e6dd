/** Many names in one sentence. */

/** Names shown before the rest is only counted. */
export const namesShown = 3;

/** `n1, n2, n3 and 4 more`, sorted; `total`: when `names` are only the first of each part. */
export function listNames(names: readonly string[], total = names.length): string {
  const shown = names.toSorted().slice(0, namesShown).join(', ');
  return total > namesShown ? `${shown} and ${total - namesShown} more` : shown;
}
