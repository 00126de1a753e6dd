/** Lines of files that hold a secret: they are shown in no frame, whatever it is about. */

import type { PlacedFault, PlacedSpan } from './place-fault.ts';

/** By path. */
export type SecretLines = ReadonlyMap<string, ReadonlySet<number>>;

export function findSecretLines(faults: readonly PlacedFault[]): SecretLines {
  const lines = new Map<string, Set<number>>();
  for (const { fault, path, span } of faults) {
    if (fault.isSecret !== true || span === undefined) continue;
    const ofFile = lines.get(path) ?? new Set();
    lines.set(path, ofFile);
    const last = Math.max(span.end.line, lastLineBelow(span));
    for (let line = span.start.line; line <= last; line += 1) ofFile.add(line);
  }
  return lines;
}

export function hiddenIn(path: string, secrets: SecretLines): (line: number) => boolean {
  return (line) => secrets.get(path)?.has(line) === true;
}

/** The text of a block stands below the place that it is told for, indented further. */
function lastLineBelow({ source, start }: PlacedSpan): number {
  const indent = indentOf(source.line(start.line));
  let last = start.line;
  while (last < source.lineCount) {
    const next = source.line(last + 1);
    if (next.trim() !== '' && indentOf(next) <= indent) break;
    last += 1;
  }
  return last;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
