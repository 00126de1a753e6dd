/** How many lines two texts differ by, and where they begin to. */

export interface LineDifference {
  readonly added: number;
  readonly removed: number;
  /** 1-based line in the new text at which the first difference stands. */
  readonly line: number;
}

/** Beyond this many edits the exact count is not worth its cost. */
const editsMax = 500;

export function compareLines(from: string, to: string): LineDifference {
  const before = splitLines(from);
  const after = splitLines(to);
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) {
    start += 1;
  }
  let end = 0;
  const shorter = Math.min(before.length, after.length) - start;
  while (end < shorter && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const old = before.slice(start, before.length - end);
  const now = after.slice(start, after.length - end);
  const edits = countEdits(old, now) ?? old.length + now.length;
  const grown = now.length - old.length;
  return { added: (edits + grown) / 2, removed: (edits - grown) / 2, line: start + 1 };
}

/** An end of line at the end of the text begins no further line. */
function splitLines(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/**
 * Length of the shortest way of inserting and deleting lines (Myers 1986, greedy). Undefined when
 * it is longer than `editsMax`.
 */
function countEdits(old: readonly string[], now: readonly string[]): number | undefined {
  /** Furthest position in `old` on each diagonal. */
  const furthest = new Map<number, number>([[1, 0]]);
  for (let edits = 0; edits <= editsMax; edits += 1) {
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const below = furthest.get(diagonal + 1) ?? -1;
      const left = furthest.get(diagonal - 1) ?? -1;
      const down = diagonal === -edits || (diagonal !== edits && left < below);
      let x = down ? below : left + 1;
      while (x < old.length && x - diagonal < now.length && old[x] === now[x - diagonal]) x += 1;
      furthest.set(diagonal, x);
      if (x >= old.length && x - diagonal >= now.length) return edits;
    }
  }
  return undefined;
}
