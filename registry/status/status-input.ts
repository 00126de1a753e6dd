/** What every view is computed from: the registry, facts that are not in it, and the time. */

import type { Digest } from '../../spec/desired-state.ts';
import type { RegistryState, TimeMs } from '../model.ts';
import type { FaultResource } from './resources.ts';

/** What the part that follows the Git repository knows. */
export interface SourceFacts {
  /** Without credentials. */
  readonly url: string;
  readonly branch: string;
  /** Path in the repository; empty for its root. */
  readonly path: string;
  readonly pollMs: number;
  readonly lastLookAt?: TimeMs;
  readonly lastSuccessAt?: TimeMs;
  /** Set while the repository cannot be reached. */
  readonly unreachable?: { readonly since: TimeMs; readonly message: string };
  /** Set while the source refuses to go on, such as after a rewritten history. */
  readonly frozen?: { readonly reason: string; readonly since: TimeMs; readonly message: string };
}

export interface StatusFacts {
  readonly controller: { readonly version: string; readonly startedAt: TimeMs };
  /** `undefined` before the source is set up. */
  readonly source: SourceFacts | undefined;
  /** Of the last commit that was looked at. */
  readonly faults: readonly FaultResource[];
  /** `undefined` when the store has no such package. */
  findPackage(name: string, version: string): StoredPackage | undefined;
  /** When the node's agent was last heard; `undefined` since the controller started. */
  heardAt(node: string): TimeMs | undefined;
}

export interface StoredPackage {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export interface StatusInput {
  readonly state: RegistryState;
  readonly facts: StatusFacts;
  readonly now: TimeMs;
}
