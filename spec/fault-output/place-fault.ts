/** Turns the place of a fault into lines and columns of its file. */

import type { Fault, FaultPlace } from '../fault.ts';
import { Locator } from '../read/locate.ts';
import { SourceText, type Position } from './source-text.ts';

/** Text of a file of the repository; `undefined` when it cannot be had, or is no text. */
export type ReadSource = (path: string) => string | undefined;

export interface PlacedSpan {
  readonly start: Position;
  /** Behind the last character. */
  readonly end: Position;
  readonly source: SourceText;
}

export interface Placed {
  readonly path: string;
  /** Absent for faults of a whole file. */
  readonly span?: PlacedSpan;
}

export interface PlacedFault extends Placed {
  readonly fault: Fault;
  readonly related: readonly (Placed & { readonly message: string })[];
}

class File {
  readonly source: SourceText;
  #locator: Locator | undefined;

  constructor(text: string) {
    this.source = new SourceText(text);
  }

  locate(where: FaultPlace) {
    if (where.range !== undefined) return where.range;
    const wholeFile = where.pointer === undefined && where.documentIndex === undefined;
    if (wholeFile) return undefined;
    this.#locator ??= new Locator(this.source.text);
    return this.#locator.locate(where);
  }
}

/** Faults with their places, by path and position. Each file is read, and parsed, at most once. */
export function placeFaults(faults: readonly Fault[], readSource: ReadSource): PlacedFault[] {
  const files = new Map<string, File | undefined>();
  const place = (where: FaultPlace): Placed => {
    const { path } = where;
    if (!files.has(path)) {
      const text = readSource(path);
      files.set(path, text === undefined ? undefined : new File(text));
    }
    const span = findSpan(where, files.get(path));
    return { path, ...(span === undefined ? {} : { span }) };
  };
  const placed = faults.map((fault) => {
    const related = fault.related ?? [];
    return {
      ...place(fault.place),
      fault,
      related: related.map((other) => ({ ...place(other.place), message: other.message })),
    };
  });
  return placed.toSorted(byPlace);
}

function findSpan(where: FaultPlace, file: File | undefined): PlacedSpan | undefined {
  const range = file?.locate(where);
  if (file === undefined || range === undefined) return undefined;
  const { source } = file;
  return { start: source.positionAt(range.start), end: source.positionAt(range.end), source };
}

function byPlace(one: PlacedFault, other: PlacedFault): number {
  if (one.path !== other.path) return one.path < other.path ? -1 : 1;
  const [a, b] = [one.span?.start, other.span?.start];
  const lines = (a?.line ?? Infinity) - (b?.line ?? Infinity);
  if (lines !== 0 && !Number.isNaN(lines)) return lines;
  return (a?.column ?? 0) - (b?.column ?? 0);
}
