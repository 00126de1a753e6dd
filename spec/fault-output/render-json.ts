/** Faults for programs: plain data with lines and columns. */

import type { Fault, ObjectRef } from '../fault.ts';
import { placeFaults, type Placed, type ReadSource } from './place-fault.ts';

export interface PlaceReport {
  readonly path: string;
  /** From 1; absent for faults of a whole file. */
  readonly line?: number;
  /** From 1, in UTF-16 code units. */
  readonly column?: number;
  readonly endLine?: number;
  readonly endColumn?: number;
}

export interface FaultReport extends PlaceReport {
  readonly code: string;
  readonly severity: Fault['severity'];
  readonly message: string;
  readonly suggestion?: string;
  readonly hint?: string;
  readonly object?: ObjectRef;
  readonly related?: readonly (PlaceReport & { readonly message: string })[];
}

/** What `-o json` prints, and what the API sends. */
export function reportFaults(faults: readonly Fault[], readSource: ReadSource): FaultReport[] {
  return placeFaults(faults, readSource).map((placed) => {
    const { code, severity, message, suggestion, hint, object } = placed.fault;
    return {
      code,
      severity,
      message,
      ...reportPlace(placed),
      ...(suggestion === undefined ? {} : { suggestion }),
      ...(hint === undefined ? {} : { hint }),
      ...(object === undefined ? {} : { object }),
      ...(placed.related.length === 0
        ? {}
        : {
            related: placed.related.map((other) => ({
              ...reportPlace(other),
              message: other.message,
            })),
          }),
    };
  });
}

function reportPlace({ path, span }: Placed): PlaceReport {
  if (span === undefined) return { path };
  const { start, end } = span;
  return {
    path,
    line: start.line,
    column: start.column,
    endLine: end.line,
    endColumn: end.column,
  };
}
