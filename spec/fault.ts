/** A fault in a repository: what is wrong, where, and what to write instead. Collected, never thrown. */

import type { FaultCode } from './fault-codes.ts';

/** A place in a file of the repository. */
export interface FaultPlace {
  /** Relative to the repository path, with `/`. */
  readonly path: string;
  /** 0-based index of the document in the file. */
  readonly documentIndex?: number;
  /** JSON pointer into the document, such as `/spec/servants/0/port`. */
  readonly pointer?: string;
  /** Whether the caret belongs under the key or under the value of `pointer`. `value` by default. */
  readonly at?: 'key' | 'value';
  /** Offsets in UTF-16 code units, when the parser knows them; they win over `pointer`. */
  readonly range?: { readonly start: number; readonly end: number };
  /** A place inside the text that the field at `pointer` holds. */
  readonly within?: TextPlace;
}

/** From 1, in UTF-16 code units. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

export interface ObjectRef {
  readonly kind: string;
  readonly name: string;
}

export interface Fault {
  readonly code: FaultCode;
  readonly severity: 'error' | 'warning';
  /** What is wrong with which thing, without the place. */
  readonly message: string;
  readonly place: FaultPlace;
  /** Printed behind the caret: `did you mean …?`. */
  readonly suggestion?: string;
  /** Printed below the frame: what is allowed here, what to do next. */
  readonly hint?: string;
  /** The lines of the place hold a secret: they are not shown. */
  readonly isSecret?: boolean;
  /** The other places of a cross-file fault. */
  readonly related?: readonly { readonly place: FaultPlace; readonly message: string }[];
  /** The object that is held back by this fault, when it could be read. */
  readonly object?: ObjectRef;
}
