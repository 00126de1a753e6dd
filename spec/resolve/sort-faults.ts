/** The order in which faults are told: by file, then by place, so that it never depends on how they were found. */

import type { Fault } from '../fault.ts';

export function sortFaults(faults: readonly Fault[]): readonly Fault[] {
  return faults.toSorted(
    (left, right) =>
      compare(left.place.path, right.place.path) ||
      (left.place.documentIndex ?? 0) - (right.place.documentIndex ?? 0) ||
      (left.place.range?.start ?? 0) - (right.place.range?.start ?? 0) ||
      compare(left.place.pointer ?? '', right.place.pointer ?? '') ||
      compare(left.code, right.code) ||
      compare(left.message, right.message),
  );
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
