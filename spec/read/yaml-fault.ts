/** A fault that the reader finds, with its place as offsets in the file. */

import type { FaultCode } from '../fault-codes.ts';

/** Offsets in UTF-16 code units; the end is exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface YamlFault {
  readonly code: FaultCode;
  readonly message: string;
  readonly hint?: string;
  readonly range: Range;
  readonly documentIndex: number;
  readonly related?: { readonly range: Range; readonly message: string };
}

/** Beyond this many, a document is hopeless, and looking for more only costs time. */
export const faultsPerDocumentMax = 100;
