/** What every view is computed from: the registry, facts that are not in it, and the time. */

import type { Digest, ScopeId } from '../../spec/desired-state.ts';
import type { RegistryState, TimeMs } from '../model.ts';
import type { FaultResource } from './resources.ts';

/** What the part that follows the Git repository knows. */
export interface SourceFacts {
  /** Without credentials. */
  readonly url: string;
  /** Unknown before the first look if the operator names none. */
  readonly branch: string | undefined;
  /** Path in the repository; empty for its root. */
  readonly path: string;
  readonly pollMs: number;
  /** When the repository answered last. */
  readonly lastLookAt: TimeMs | undefined;
  /** The newest commit that may be taken over; it may not be in the registry yet. */
  readonly head: { readonly commit: string } | undefined;
  /** Why the last look failed. */
  readonly problem: SourceTrouble | undefined;
  /** Set while the source refuses to go on: its history was rewritten. */
  readonly frozen: SourceTrouble | undefined;
}

export interface SourceTrouble {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly since: TimeMs;
}

/** What is asked of the patch store. Answers come from memory. */
export interface PackageLookup {
  /** `undefined` when the version is not there, or when another digest is pinned. */
  find(name: string, version: string, pinnedDigest?: Digest): StoredPackage | undefined;
  /** Why `find` has no answer, and what to do. */
  explainMissing(name: string, version: string, pinnedDigest?: Digest): string;
}

export interface RolloutFacts {
  readonly generation: number;
  readonly phase: 'settled' | 'rolling' | 'waiting' | 'stalled';
  readonly reason: string;
  readonly message: string;
}

/** The controller that answers. */
export interface ControllerFacts {
  /** Set where there may be several. */
  readonly name?: string;
  readonly version: string;
  readonly startedAt: TimeMs;
}

export interface SilentController {
  readonly name: string;
  /** Absent: never heard since this one started. */
  readonly heardAt?: TimeMs;
}

export interface StatusFacts {
  /** Controllers that this one does not hear; empty when it is alone. */
  readonly silentControllers?: readonly SilentController[];
  readonly controller: ControllerFacts;
  /** `undefined` before the source is set up. */
  readonly source: SourceFacts | undefined;
  /** Of the last commit that was looked at. */
  readonly faults: readonly FaultResource[];
  readonly packages: PackageLookup;
  /** What the leader's rollout says of a scope; `undefined` where no rollout is led. */
  rolloutOf(scope: ScopeId): RolloutFacts | undefined;
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
