/** What goes into resolving a repository, and what comes out. */

import type { DesiredNode, DesiredState, HeldObject } from '../desired-state.ts';
import type { Fault } from '../fault.ts';
import type { LoadedFile } from '../repository.ts';
import type { ResolveMemo } from './resolve-memo.ts';

/** A file that an object names with `file:`, as the reader of the repository found it. */
export type TextFile =
  | { readonly state: 'text'; readonly blobId: string; readonly text: string }
  | { readonly state: 'refused'; readonly reason: 'binary' | 'too-large' | 'link' };

export interface ResolveInput {
  /** By path relative to the repository, with `/`. */
  readonly files: ReadonlyMap<string, LoadedFile>;
  /** Undefined when there is no such file; `listTextReferences` tells which paths will be asked for. */
  readonly readText: (path: string) => TextFile | undefined;
  /** Result for an earlier state of the same repository: what did not change is taken from it. */
  readonly previous?: Resolved | undefined;
  /** Lower-case hexadecimal SHA-256 of the text as UTF-8. */
  readonly hash: (text: string) => string;
}

/** Which nodes a service asks for without naming them. */
export interface NodeSelector {
  readonly dataCenter?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Resolved {
  /** Only what is free of faults; `applyHolds` adds the last good revision of the rest. */
  readonly desired: DesiredState;
  /** Those of the files and those between objects, by path and position. */
  readonly faults: readonly Fault[];
  /** Sorted by kind and name. */
  readonly held: readonly HeldObject[];
  readonly objectCount: number;
  /** Files in which something could not be attributed to an object: anything may be missing. */
  readonly unreadable: readonly string[];
  readonly memo: ResolveMemo;
}

/** What the registry accepted last. A `DesiredState` fits. */
export interface InForce {
  readonly cluster: DesiredState['cluster'] | undefined;
  /** Absent while no commit has said anything about it. */
  readonly topology?: DesiredState['topology'] | undefined;
  readonly dataCenters?: DesiredState['dataCenters'];
  readonly nodes: ReadonlyMap<string, DesiredNode>;
  readonly scopes: DesiredState['scopes'];
}
