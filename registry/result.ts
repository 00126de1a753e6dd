/** What came of a command: the events it made and what it touched, or why it changed nothing. */

import type { LeaseResult } from '../replica/core/lease.ts';
import type { InstanceId, ScopeId } from '../spec/desired-state.ts';
import type { RegistryEvent, TimeMs } from './model.ts';

/** Why a command was refused; see docs/errors.md. */
export type RegistryRefusalCode =
  | 'STALE_LEASE'
  | 'STALE_SOURCE'
  | 'STALE_SESSION'
  | 'NODE_BUSY'
  | 'NODE_UNKNOWN'
  | 'REPORT_FOREIGN_INSTANCE'
  | 'REBUILD_NOT_EMPTY'
  | 'REBUILD_NOT_OPEN';

export interface TargetChange {
  readonly instance: InstanceId;
  readonly node: string;
}

/** What others must look at again. Nothing is listed that stayed as it was. */
export interface RegistryChanges {
  /** Scopes whose record, targets, observed state or node sessions changed. */
  readonly scopes: readonly ScopeId[];
  /** Services whose objects lookups must see again, also of instances that have no target. */
  readonly services: readonly string[];
  /** IDC groups or stations changed. */
  readonly topology: boolean;
  /** Nodes whose object or session changed. */
  readonly nodes: readonly string[];
  /** Targets that were set or removed. */
  readonly targets: readonly TargetChange[];
  /** Instances that an agent reported and nobody asks for, now that a commit was applied. */
  readonly strays: readonly TargetChange[];
}

/** As `getLocker` answers: 0 the node holds the lock, 1 another one does, 2 the question makes no sense. */
export type LockAnswer =
  | {
      readonly code: 0 | 1;
      /** The node that holds it. */
      readonly holder: string;
      /** Fencing number: grows with every change of the holder, over all services. */
      readonly epoch: number;
      /** From then on others may have it, unless it is renewed. */
      readonly expiresAt: TimeMs;
    }
  | { readonly code: 2 };

export interface RegistryAccepted {
  readonly accepted: true;
  readonly events: readonly RegistryEvent[];
  readonly changes: RegistryChanges;
  /** Of `take-lock`. */
  readonly lock?: LockAnswer;
  /** Of `lease`. */
  readonly lease?: LeaseResult;
}

/** The state is exactly what it was before. */
export interface RegistryRefused {
  readonly accepted: false;
  readonly code: RegistryRefusalCode;
  readonly message: string;
}

export type RegistryResult = RegistryAccepted | RegistryRefused;
