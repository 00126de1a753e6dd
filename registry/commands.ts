/** Everything that can change the registry. Plain data; `at` is the proposer's clock in ms. */

import type { LeaseCommand } from '../replica/core/lease.ts';
import type {
  DesiredCluster,
  DesiredNode,
  DesiredScope,
  DesiredTopology,
  InstanceId,
  ScopeId,
} from '../spec/desired-state.ts';
import type {
  EndOfRebuild,
  InstanceObserved,
  InstanceTarget,
  NodeSession,
  SourceRecord,
  TimeMs,
} from './model.ts';

/** One accepted commit: all its scopes take effect together. */
export interface ApplyCommit {
  readonly type: 'apply-commit';
  readonly at: TimeMs;
  readonly fencingToken: number;
  readonly source: SourceRecord;
  /**
   * The source record that this was computed against, `none` for an empty registry. With another
   * one in force by now the command changes nothing: what was kept back might be lost.
   */
  readonly basedOn?: { readonly commit: string; readonly appliedAt: TimeMs } | 'none';
  readonly cluster: DesiredCluster;
  /** Absent in commands of older controllers: what is in force stays. */
  readonly topology?: DesiredTopology;
  readonly upsertNodes: readonly DesiredNode[];
  readonly removeNodes: readonly string[];
  readonly upsertScopes: readonly DesiredScope[];
  readonly removeScopes: readonly ScopeId[];
}

/** The leader's next step: what agents must bring about. */
export interface SetTargets {
  readonly type: 'set-targets';
  readonly at: TimeMs;
  readonly fencingToken: number;
  readonly upsert: readonly InstanceTarget[];
  readonly remove: readonly InstanceId[];
  /** Why, for the history. */
  readonly reason: string;
}

export interface OpenSession {
  readonly type: 'open-session';
  readonly at: TimeMs;
  /** What only the log knows is filled in when it is applied. */
  readonly session: Omit<NodeSession, 'opened' | 'reported'>;
}

export interface LoseSession {
  readonly type: 'lose-session';
  readonly at: TimeMs;
  readonly node: string;
  /** A later session of the same node is not touched. */
  readonly sessionId: string;
  /** As in the session that is lost: one that moved since is not touched. */
  readonly opened?: number;
}

/** A controller begins: what agents told its process before must be told anew to count. */
export interface DoubtSessions {
  readonly type: 'doubt-sessions';
  readonly at: TimeMs;
  readonly controller: string;
  /** Place in the log at which it began: sessions that were opened later are its own. */
  readonly upTo: number;
}

/** What an agent reports; `full` replaces everything known of that node. */
export interface ReportObserved {
  readonly type: 'report-observed';
  readonly at: TimeMs;
  readonly node: string;
  readonly sessionId: string;
  /** As in the session it was told in: with another one it came too late. */
  readonly opened?: number;
  readonly full: boolean;
  readonly instances: readonly InstanceObserved[];
  /** Instances that are gone from the node. */
  readonly gone: readonly InstanceId[];
}

/** An instance wants to be, or to stay, the primary of its service; the result's `lock` says who is. */
export interface TakeLock {
  readonly type: 'take-lock';
  readonly at: TimeMs;
  /** `App.Server`. */
  readonly service: string;
  readonly node: string;
  /** What the instance believes of itself. */
  readonly holderIsMaster: boolean;
  /** The lock is free for others when it is not taken again within this time. */
  readonly timeoutMs: number;
}

/** An exclusive right of one controller. The lease named `leaderLease` makes its holder the leader. */
export interface TakeLease {
  readonly type: 'lease';
  readonly at: TimeMs;
  /** Name of the controller that asks; a holder is one start of it. */
  readonly controller: string;
  readonly lease: LeaseCommand;
  /** Random; becomes the identity of this history if it has none yet. */
  readonly registryId?: string;
}

/** All that was known is lost: the registry is made from Git and from what agents tell. */
export interface BeginRebuild {
  readonly type: 'begin-rebuild';
  readonly at: TimeMs;
  readonly controller: string;
  /** Random; the identity of the new history. */
  readonly registryId: string;
  readonly waitMs: number;
}

export interface EndRebuild {
  readonly type: 'end-rebuild';
  readonly at: TimeMs;
  /** Absent when an operator asks for it. */
  readonly fencingToken?: number;
  readonly why: EndOfRebuild;
}

/** What an agent holds from before a rebuild; its first full report comes after it. */
export interface ReportHeld {
  readonly type: 'report-held';
  readonly at: TimeMs;
  readonly node: string;
  readonly sessionId: string;
  /** As in the session it was told in. */
  readonly opened?: number;
  readonly targets: readonly InstanceTarget[];
  /** Of leaders and of locks, as far as registries before this one told the agent. */
  readonly highestToken?: number;
}

export type RegistryCommand =
  | ApplyCommit
  | SetTargets
  | OpenSession
  | LoseSession
  | ReportObserved
  | TakeLock
  | DoubtSessions
  | TakeLease
  | BeginRebuild
  | EndRebuild
  | ReportHeld;
