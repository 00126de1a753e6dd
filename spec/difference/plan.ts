/** What would change if a desired state took effect: a value to show, to sign and to compare. */

import type { Digest, Origin, ScopeId } from '../desired-state.ts';

export type Action = 'add' | 'change' | 'remove';

/** One field that says something else. */
export interface FieldChange {
  /** Dotted, such as `env.LOG_LEVEL` or `servants.CartObj.port`. */
  readonly path: string;
  /** Absent when the field is new. */
  readonly from?: unknown;
  /** Absent when the field is gone. */
  readonly to?: unknown;
  /** Set for texts, which are told by their lines. */
  readonly lines?: LineChange;
  /** Set when it does not hold for every instance that is compared. */
  readonly nodes?: readonly string[];
}

export interface LineChange {
  readonly added: number;
  readonly removed: number;
  /** Where the first changed line is written. */
  readonly place?: Origin;
}

/** Nodes by what happens to the instance there; sorted. */
export interface InstanceChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** The same instance with another revision, or set running. */
  readonly restarted: readonly string[];
  /** Running on with other served files, which the process is told to load again. */
  readonly reloaded: readonly string[];
  readonly stopped: readonly string[];
  readonly started: readonly string[];
}

export interface ScopeChange {
  readonly action: Action;
  readonly scope: ScopeId;
  readonly service: string;
  readonly dataCenter: string;
  /** Digests of the scope in force and of the one that is asked for. */
  readonly from?: Digest;
  readonly to?: Digest;
  /** Over `scope`, `from` and `to`: names exactly this change. */
  readonly planDigest: Digest;
  readonly version: { readonly from?: string; readonly to?: string };
  readonly fields: readonly FieldChange[];
  readonly instances: InstanceChanges;
  readonly origin: Origin;
}

/** A node, the cluster, or what tells which hosts are near each other. */
export interface ObjectChange {
  readonly action: Action;
  readonly kind: 'Node' | 'Cluster' | 'IdcGroup' | 'Station';
  readonly name: string;
  readonly dataCenter?: string;
  readonly fields: readonly FieldChange[];
}

export interface PlanSummary {
  /** Scopes, nodes, the cluster, IDC groups and stations. */
  readonly add: number;
  readonly change: number;
  readonly remove: number;
  readonly unchanged: number;
  /** Instances. */
  readonly starts: number;
  readonly restarts: number;
  readonly reloads: number;
  readonly stops: number;
  /** Nodes on which a process starts, restarts or stops. */
  readonly nodes: number;
  readonly dataCenters: number;
}

export interface Plan {
  /** Sorted by scope; only what changes. */
  readonly scopes: readonly ScopeChange[];
  /** Sorted by kind and name; only what changes. */
  readonly objects: readonly ObjectChange[];
  readonly summary: PlanSummary;
  /** Over all changes: two plans with the same digest do the same. */
  readonly digest: Digest;
}
