/** Takes one accepted commit into the registry: all its scopes and nodes at once. */

import type { DesiredScope, ScopeId } from '../../spec/desired-state.ts';
import { counted } from '../../spec/wording/counted.ts';
import type { ApplyCommit } from '../commands.ts';
import { strayInstances } from '../asked-for.ts';
import { dropObserved, dropScope, indexesOf, instancesAt, putScope } from '../indexes.ts';
import { nodeOfInstance, serviceOfInstance } from '../instance-id.ts';
import type { RegistryState, ScopeRecord, SourceRecord } from '../model.ts';
import type { RegistryRefused } from '../result.ts';
import { isRebuilding } from '../rebuild.ts';
import { keepIdentity, sameData } from '../same-data.ts';
import { shareContents } from '../shared-content.ts';
import { refuse, type Effects } from './effects.ts';
import { checkFencingToken } from './fencing.ts';
import { dropLeftLocks } from './take-lock.ts';

export function applyCommit(
  state: RegistryState,
  command: ApplyCommit,
  effects: Effects,
): RegistryRefused | undefined {
  const refused = checkBasis(state, command) ?? checkFencingToken(state, command.fencingToken);
  if (refused !== undefined) return refused;
  applySource(state, command.source, effects);
  state.cluster = keepIdentity(state.cluster, command.cluster);
  applyTopology(state, command, effects);
  for (const node of command.upsertNodes) upsertNode(state, node, effects);
  for (const node of command.removeNodes) removeNode(state, node, effects);
  for (const scope of command.upsertScopes) upsertScope(state, scope, command, effects);
  for (const scope of command.removeScopes) removeScope(state, scope, effects);
  dropLeftLocks(state);
  noteFirstCommit(state, command);
  // What agents tell is not complete yet.
  if (isRebuilding(state)) return undefined;
  // They have no target that could go away, so their agents are told by name.
  for (const instance of strayInstances(state)) {
    effects.stray({ instance, node: nodeOfInstance(instance) });
  }
  return undefined;
}

function noteFirstCommit(state: RegistryState, { at }: ApplyCommit): void {
  const { rebuild } = state;
  if (rebuild !== undefined && rebuild.since === undefined) {
    state.rebuild = { ...rebuild, since: at };
  }
}

/** Held objects keep what the registry had, so the registry must still have it. */
function checkBasis(state: RegistryState, command: ApplyCommit): RegistryRefused | undefined {
  const { basedOn } = command;
  if (basedOn === undefined) return undefined;
  const { source } = state;
  const fits =
    basedOn === 'none'
      ? source === undefined
      : source?.commit === basedOn.commit && source.appliedAt === basedOn.appliedAt;
  if (fits) return undefined;
  return refuse(
    'STALE_SOURCE',
    `Commit ${command.source.commit} was computed against a registry that has changed since; it is computed again.`,
  );
}

function applySource(state: RegistryState, source: SourceRecord, effects: Effects): void {
  const old = state.source;
  state.source = keepIdentity(old, source);
  if (state.source === old) return;
  const subject = { kind: 'Commit', name: source.commit };
  const { holdReason, held } = source;
  if (holdReason !== undefined) {
    if (old?.commit === source.commit && sameData(old.holdReason, holdReason)) return;
    const message = holdReason.message;
    effects.event({ reason: 'CommitHeld', severity: 'warning', subject, message });
    return;
  }
  if (old?.inForceCommit !== source.inForceCommit) {
    const message = `${source.subject} (${source.author})`;
    effects.event({ reason: 'CommitApplied', severity: 'info', subject, message });
  }
  if (held.length > 0 && !sameData(old?.held, held)) {
    const first = held[0];
    const rest = held.length > 1 ? `, and ${held.length - 1} more objects` : '';
    effects.event({
      reason: 'ObjectsHeld',
      severity: 'warning',
      subject,
      message: `${first?.object.kind} ${first?.object.name}: ${first?.message}${rest}`,
    });
  }
}

function applyTopology(state: RegistryState, command: ApplyCommit, effects: Effects): void {
  const kept = keepIdentity(state.topology, command.topology ?? state.topology);
  if (kept === state.topology) return;
  state.topology = kept;
  effects.topologyChanged();
}

function upsertNode(
  state: RegistryState,
  node: ApplyCommit['upsertNodes'][number],
  effects: Effects,
): void {
  const old = state.nodes.get(node.name);
  const kept = keepIdentity(old, node);
  if (kept === old) return;
  state.nodes.set(node.name, kept);
  touchNode(state, node.name, effects);
  if (old === undefined) {
    effects.event({
      reason: 'NodeAdded',
      severity: 'info',
      subject: { kind: 'Node', name: node.name },
      message: `Node ${node.name} is in Git now.`,
    });
  }
}

/**
 * A node that is still connected keeps its session until it has stopped everything; a lost one
 * is forgotten, with all that was known of its instances.
 */
function removeNode(state: RegistryState, name: string, effects: Effects): void {
  if (!state.nodes.delete(name)) return;
  touchNode(state, name, effects);
  if (state.sessions.get(name)?.state !== 'alive') {
    state.sessions.delete(name);
    state.targetsChanged.delete(name);
    state.rebuild?.heard.delete(name);
    const observed = instancesAt(indexesOf(state).observedByNode, name);
    for (const instance of observed) dropObserved(state, instance);
  }
  effects.event({
    reason: 'NodeRemoved',
    severity: 'info',
    subject: { kind: 'Node', name },
    message: `Node ${name} was taken out of Git.`,
  });
}

/** Marks a node and every scope that has a target on it, and every service that something is left of. */
export function touchNode(state: RegistryState, name: string, effects: Effects): void {
  effects.nodeChanged(name);
  for (const instance of instancesAt(indexesOf(state).targetsByNode, name)) {
    const target = state.targets.get(instance);
    if (target !== undefined) effects.scopeChanged(target.scope);
  }
  for (const instance of instancesAt(indexesOf(state).observedByNode, name)) {
    effects.serviceChanged(serviceOfInstance(instance));
  }
}

/** A new digest makes a new generation; a change of origin or labels alone does not. */
function nextRecord(old: ScopeRecord | undefined, desired: DesiredScope, command: ApplyCommit) {
  if (old !== undefined && old.desired.digest === desired.digest) return { ...old, desired };
  return {
    desired,
    generation: (old?.generation ?? 0) + 1,
    commit: command.source.inForceCommit,
    acceptedAt: command.at,
  };
}

function upsertScope(
  state: RegistryState,
  desired: DesiredScope,
  command: ApplyCommit,
  effects: Effects,
): void {
  const old = state.scopes.get(desired.scope);
  const record = keepIdentity(old, nextRecord(old, desired, command));
  if (record === old) return;
  putScope(state, record);
  shareContents(state, desired.scope);
  effects.scopeChanged(desired.scope);
  if (record.generation === old?.generation) return;
  effects.event({
    reason: old === undefined ? 'ScopeAdded' : 'ScopeChanged',
    severity: 'info',
    subject: { kind: 'Scope', name: desired.scope },
    message: describeAccepted(record),
  });
}

function describeAccepted({ generation, commit, desired }: ScopeRecord): string {
  const instances = counted(desired.instances.length, 'instance');
  return `Git asks for ${instances}, ${desired.state} (generation ${generation}, commit ${commit.slice(0, 7)}).`;
}

function removeScope(state: RegistryState, scope: ScopeId, effects: Effects): void {
  if (!dropScope(state, scope)) return;
  shareContents(state, scope);
  effects.scopeChanged(scope);
  effects.event({
    reason: 'ScopeRemoved',
    severity: 'info',
    subject: { kind: 'Scope', name: scope },
    message: `${scope} was taken out of Git; its instances are stopped.`,
  });
}
