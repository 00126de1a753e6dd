/** Decides what one commit changes in the registry: the command to propose, or nothing. */

import type { ApplyCommit } from '../../registry/commands.ts';
import type { RegistryState, SourceRecord, TimeMs } from '../../registry/model.ts';
import { sameData } from '../../registry/same-data.ts';
import type { DesiredState, HeldObject } from '../../spec/desired-state.ts';
import type { CommitInfo } from '../source/commit-info.ts';

/** A commit after resolving, holding back and braking. */
export interface ResolvedCommit {
  readonly commit: CommitInfo;
  readonly origin: NonNullable<SourceRecord['origin']>;
  /** With the last good revision of everything that is held. */
  readonly desired: DesiredState;
  readonly objectCount: number;
  readonly held: readonly HeldObject[];
  /** Set when the whole commit waits. */
  readonly holdReason: SourceRecord['holdReason'];
}

/** What to compare with; nothing may change between reading it and planning. */
export type RegistryInForce = Pick<RegistryState, 'cluster' | 'source' | 'nodes' | 'scopes'>;

/**
 * Pairs of values that were compared and said the same. Both sides keep their identity as long as
 * they do not change, so a pair is compared once and not with every commit.
 */
export type ComparedPairs = WeakMap<object, object>;

export interface Proposer {
  readonly now: TimeMs;
  readonly fencingToken: number;
  readonly compared: ComparedPairs;
}

/** `undefined` if the registry says all of it already. */
export function planCommit(
  resolved: ResolvedCommit,
  state: RegistryInForce,
  leader: Proposer,
): ApplyCommit | undefined {
  const source = recordOf(resolved, state, leader.now);
  const basis = state.source;
  const changes =
    resolved.holdReason === undefined ? diff(resolved.desired, state, leader.compared) : nothing;
  const cluster =
    resolved.holdReason === undefined
      ? resolved.desired.cluster
      : (state.cluster ?? resolved.desired.cluster);
  const isKnown =
    changes.count === 0 && sameData(cluster, state.cluster) && isSameRecord(basis, source);
  if (isKnown) return undefined;
  return {
    type: 'apply-commit',
    at: leader.now,
    fencingToken: leader.fencingToken,
    source,
    basedOn: basis === undefined ? 'none' : { commit: basis.commit, appliedAt: basis.appliedAt },
    cluster,
    upsertNodes: changes.upsertNodes,
    removeNodes: changes.removeNodes,
    upsertScopes: changes.upsertScopes,
    removeScopes: changes.removeScopes,
  };
}

type Changes = Pick<
  ApplyCommit,
  'upsertNodes' | 'removeNodes' | 'upsertScopes' | 'removeScopes'
> & { readonly count: number };

const nothing: Changes = {
  upsertNodes: [],
  removeNodes: [],
  upsertScopes: [],
  removeScopes: [],
  count: 0,
};

function isSame(desired: object, known: object | undefined, compared: ComparedPairs): boolean {
  if (known === undefined) return false;
  if (compared.get(desired) === known) return true;
  if (!sameData(desired, known)) return false;
  compared.set(desired, known);
  return true;
}

function diff(desired: DesiredState, state: RegistryInForce, compared: ComparedPairs): Changes {
  const upsertNodes = [...desired.nodes.values()].filter(
    (node) => !isSame(node, state.nodes.get(node.name), compared),
  );
  const removeNodes = [...state.nodes.keys()].filter((name) => !desired.nodes.has(name));
  const upsertScopes = [...desired.scopes.values()].filter(
    (scope) => !isSame(scope, state.scopes.get(scope.scope)?.desired, compared),
  );
  const removeScopes = [...state.scopes.keys()].filter((scope) => !desired.scopes.has(scope));
  const lists = { upsertNodes, removeNodes, upsertScopes, removeScopes };
  const count = Object.values(lists).reduce((sum, list) => sum + list.length, 0);
  return { ...lists, count };
}

function recordOf(
  { commit, origin, objectCount, held, holdReason }: ResolvedCommit,
  state: RegistryInForce,
  now: TimeMs,
): SourceRecord {
  const waits = holdReason !== undefined;
  return {
    commit: commit.commit,
    origin,
    committedAt: commit.committedAt,
    author: commit.author,
    subject: commit.subject,
    appliedAt: now,
    objects: objectCount,
    held,
    ...(waits && { holdReason }),
    inForceCommit: waits ? (state.source?.inForceCommit ?? '') : commit.commit,
  };
}

/** The moment alone is no news. */
function isSameRecord(before: SourceRecord | undefined, now: SourceRecord): boolean {
  return before !== undefined && sameData({ ...before, appliedAt: now.appliedAt }, now);
}
