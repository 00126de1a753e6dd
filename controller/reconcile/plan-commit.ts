/** Decides what one commit changes in the registry: the command to propose, or nothing. */

import type { ApplyCommit } from '../../registry/commands.ts';
import type { RegistryState, SourceRecord, TimeMs } from '../../registry/model.ts';
import { sameData } from '../../registry/same-data.ts';
import {
  noTopology,
  type DesiredScope,
  type DesiredState,
  type HeldObject,
  type ScopeId,
} from '../../spec/desired-state.ts';
import type { InForce } from '../../spec/resolve/resolved.ts';
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
export type RegistryInForce = Pick<
  RegistryState,
  'cluster' | 'source' | 'topology' | 'nodes' | 'scopes'
>;

/** What the registry was found to agree with, so that only what has changed is compared. */
export interface Agreement {
  readonly desired: DesiredState;
  /** The source record of that moment: another one means that others have changed the registry. */
  readonly source: SourceRecord | undefined;
}

/** Whoever leads signs it with the fencing token and proposes it. */
export type CommitPlan = Omit<ApplyCommit, 'fencingToken'>;

export interface Proposer {
  readonly now: TimeMs;
  readonly agreed?: Agreement | undefined;
}

/** The desired state as the registry accepted it; where it agrees with a value, that very value. */
export function inForceOf(state: RegistryInForce, agreed: Agreement | undefined): InForce {
  const { cluster, topology } = state;
  if (agreed !== undefined && agreed.source === state.source) {
    return { cluster, topology, nodes: agreed.desired.nodes, scopes: agreed.desired.scopes };
  }
  const scopes = new Map<ScopeId, DesiredScope>();
  for (const [scope, { desired }] of state.scopes) scopes.set(scope, desired);
  return { cluster, topology, nodes: state.nodes, scopes };
}

/** `undefined` if the registry says all of it already. */
export function planCommit(
  resolved: ResolvedCommit,
  state: RegistryInForce,
  leader: Proposer,
): CommitPlan | undefined {
  const source = recordOf(resolved, state, leader.now);
  const basis = state.source;
  const changes =
    resolved.holdReason === undefined ? diff(resolved.desired, state, leader.agreed) : nothing;
  const cluster =
    resolved.holdReason === undefined
      ? resolved.desired.cluster
      : (state.cluster ?? resolved.desired.cluster);
  const topology = resolved.holdReason === undefined ? resolved.desired.topology : state.topology;
  const isKnown =
    changes.count === 0 &&
    sameData(cluster, state.cluster) &&
    sameData(topology ?? noTopology, state.topology ?? noTopology) &&
    isSameRecord(basis, source);
  if (isKnown) return undefined;
  return {
    type: 'apply-commit',
    at: leader.now,
    source,
    basedOn: basis === undefined ? 'none' : { commit: basis.commit, appliedAt: basis.appliedAt },
    cluster,
    ...(topology === undefined ? {} : { topology }),
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

function diff(
  desired: DesiredState,
  state: RegistryInForce,
  agreed: Agreement | undefined,
): Changes {
  const before = agreed?.source === state.source ? agreed?.desired : undefined;
  const nodes = compare(desired.nodes, before?.nodes, state.nodes, (node) => node);
  const scopes = compare(desired.scopes, before?.scopes, state.scopes, (record) => record.desired);
  return {
    upsertNodes: nodes.upsert,
    removeNodes: nodes.remove,
    upsertScopes: scopes.upsert,
    removeScopes: scopes.remove,
    count: nodes.count + scopes.count,
  };
}

/** What is the very value that was agreed on before needs no comparison. */
function compare<Wanted extends object, Kept>(
  wanted: ReadonlyMap<string, Wanted>,
  agreed: ReadonlyMap<string, Wanted> | undefined,
  kept: ReadonlyMap<string, Kept>,
  valueOf: (kept: Kept) => Wanted,
) {
  const upsert: Wanted[] = [];
  let added = 0;
  if (wanted !== agreed) {
    for (const [name, value] of wanted) {
      if (agreed?.get(name) === value) continue;
      const known = kept.get(name);
      if (known === undefined) added += 1;
      if (known === undefined || !sameData(value, valueOf(known))) upsert.push(value);
    }
  }
  const isSmaller = wanted.size < kept.size + added;
  const remove = isSmaller ? [...kept.keys()].filter((name) => !wanted.has(name)) : [];
  return { upsert, remove, count: upsert.length + remove.length };
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
