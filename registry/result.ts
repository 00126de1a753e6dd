/** What came of a command: the events it made and what it touched, or why it changed nothing. */

import type { InstanceId, ScopeId } from '../spec/desired-state.ts';
import type { RegistryEvent } from './model.ts';

/** Why a command was refused; see docs/errors.md. */
export type RegistryRefusalCode =
  | 'STALE_LEASE'
  | 'STALE_SOURCE'
  | 'STALE_SESSION'
  | 'NODE_UNKNOWN'
  | 'REPORT_FOREIGN_INSTANCE';

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

export interface RegistryAccepted {
  readonly accepted: true;
  readonly events: readonly RegistryEvent[];
  readonly changes: RegistryChanges;
}

/** The state is exactly what it was before. */
export interface RegistryRefused {
  readonly accepted: false;
  readonly code: RegistryRefusalCode;
  readonly message: string;
}

export type RegistryResult = RegistryAccepted | RegistryRefused;
