/** The order in which faults are told, and how many of one file. */

import type { Fault } from '../fault.ts';
import { limits } from '../read/limits.ts';

/** By file, then by place, so that it never depends on how they were found. */
export function sortFaults(faults: readonly Fault[]): readonly Fault[] {
  const sorted = faults.toSorted(
    (left, right) =>
      compare(left.place.path, right.place.path) ||
      (left.place.documentIndex ?? 0) - (right.place.documentIndex ?? 0) ||
      (left.place.range?.start ?? 0) - (right.place.range?.start ?? 0) ||
      compare(left.place.pointer ?? '', right.place.pointer ?? '') ||
      compare(left.code, right.code) ||
      compare(left.message, right.message) ||
      compare(subject(left), subject(right)),
  );
  return sorted.length > limits.faultsPerFileMax ? shortenFiles(sorted) : sorted;
}

/** Nobody reads a thousand faults of one file, and a hostile one must not fill the memory. */
function shortenFiles(sorted: readonly Fault[]): readonly Fault[] {
  const shown: Fault[] = [];
  for (const [path, all] of Map.groupBy(sorted, ({ place }) => place.path)) {
    const faults = all.filter(({ code }) => code !== 'SPEC_MORE_FAULTS');
    // Errors first: a warning must not push out what holds an object back.
    const errors = faults.filter(({ severity }) => severity === 'error');
    const warnings = faults.filter(({ severity }) => severity !== 'error');
    const kept = new Set([...errors, ...warnings].slice(0, limits.faultsPerFileMax));
    for (const fault of faults) if (kept.has(fault)) shown.push(fault);
    if (all.length > kept.size) shown.push(moreFaults(path, errors.length));
  }
  return shown;
}

function moreFaults(path: string, errorCount: number): Fault {
  return {
    code: 'SPEC_MORE_FAULTS',
    severity: errorCount >= limits.faultsPerFileMax ? 'error' : 'warning',
    message: `the file has more than ${limits.faultsPerFileMax} faults; the others are not shown`,
    place: { path },
    hint: 'correct those above, then look again',
  };
}

/** Tells faults apart that say the same of one place: of which object, and on whose account. */
function subject({ object, related }: Fault): string {
  return JSON.stringify([object?.kind, object?.name, related?.map(({ place }) => place)]);
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
