/** Splits what is too long for one collected entry. */

/**
 * The entries as JSON arrays of at most `lengthMax` UTF-16 units, in order; an entry that is longer
 * alone is an array of its own.
 */
export function jsonBatches(entries: readonly unknown[], lengthMax: number): readonly string[] {
  const batches: string[][] = [];
  let length = 0;
  for (const entry of entries) {
    const json = JSON.stringify(entry);
    const last = batches.at(-1);
    if (last === undefined || length + json.length + 1 > lengthMax) {
      batches.push([json]);
      length = json.length + 2;
    } else {
      last.push(json);
      length += json.length + 1;
    }
  }
  return batches.map((batch) => `[${batch.join(',')}]`);
}
