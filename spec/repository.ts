/** What reading a repository gives: objects that passed their schema, and faults for the rest. */

import type { Fault, ObjectRef } from './fault.ts';

/** One object with every default of its schema filled in. */
export interface LoadedObject {
  readonly kind: string;
  readonly name: string;
  /** The whole document; its type is that of the kind in `schemas/kinds.generated.ts`. */
  readonly value: unknown;
  readonly path: string;
  readonly documentIndex: number;
  /** 1-based line of the document's first key. */
  readonly line: number;
}

/** A document that failed its schema, with what could still be read of it. */
export interface BrokenObject extends ObjectRef {
  /** The document as parsed, not valid: tells what depends on it. Absent when it did not parse. */
  readonly value?: unknown;
}

/** One file of the repository after parsing and schema validation. Depends on its content alone. */
export interface LoadedFile {
  readonly path: string;
  /** Git blob id, or another identity of the content. */
  readonly blobId: string;
  readonly objects: readonly LoadedObject[];
  /** Documents with faults whose kind and name could be read. */
  readonly broken: readonly BrokenObject[];
  /** True when something in the file could not even be attributed to an object. */
  readonly unreadable: boolean;
  readonly faults: readonly Fault[];
}
