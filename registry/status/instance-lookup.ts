/** Finds what Git asks of an instance, and the instances of a scope or of the whole fleet. */

import type {
  DesiredInstance,
  InstanceId,
  InstanceRevision,
  ScopeId,
} from '../../spec/desired-state.ts';
import { indexesOf, instancesAt } from '../indexes.ts';
import { nodeOfInstance, serviceOfInstance } from '../instance-id.ts';
import type { RegistryState, ScopeRecord } from '../model.ts';

export interface DesiredOfInstance {
  readonly record: ScopeRecord;
  readonly desired: DesiredInstance;
  readonly content: InstanceRevision | undefined;
}

/** The scope that an instance belongs to: by its target, by the place of its node, or by who asks. */
export function scopeOfInstance(state: RegistryState, id: InstanceId): ScopeId {
  const target = state.targets.get(id);
  if (target !== undefined) return target.scope;
  const service = serviceOfInstance(id);
  const dataCenter = state.nodes.get(nodeOfInstance(id))?.dataCenter;
  if (dataCenter !== undefined) return `${dataCenter}/${service}`;
  for (const { desired } of state.scopes.values()) {
    const asks =
      desired.service === service && desired.instances.some((one) => one.instance === id);
    if (asks) return desired.scope;
  }
  return `?/${service}`;
}

/** `undefined` when Git does not ask for this instance. */
export function desiredOf(state: RegistryState, id: InstanceId): DesiredOfInstance | undefined {
  const record = state.scopes.get(scopeOfInstance(state, id));
  const desired = record?.desired.instances.find(({ instance }) => instance === id);
  if (record === undefined || desired === undefined) return undefined;
  return askedOf(record, desired);
}

function askedOf(record: ScopeRecord, desired: DesiredInstance): DesiredOfInstance {
  return { record, desired, content: record.desired.revisions[desired.revision] };
}

/** What Git asks for in this scope, by instance; and what is still there without being asked for. */
export function instancesOfScope(
  state: RegistryState,
  scope: ScopeId,
): ReadonlyMap<InstanceId, DesiredOfInstance | undefined> {
  const found = new Map<InstanceId, DesiredOfInstance | undefined>();
  const record = state.scopes.get(scope);
  for (const desired of record?.desired.instances ?? []) {
    if (record !== undefined) found.set(desired.instance, askedOf(record, desired));
  }
  const { targetsByScope, observedByService } = indexesOf(state);
  for (const id of instancesAt(targetsByScope, scope)) if (!found.has(id)) found.set(id, undefined);
  const service = scope.slice(scope.indexOf('/') + 1);
  for (const id of instancesAt(observedByService, service)) {
    if (!found.has(id) && scopeOfInstance(state, id) === scope) found.set(id, undefined);
  }
  return found;
}

/** Every scope that is in Git, or of which something is left. Sorted. */
export function allScopes(state: RegistryState): readonly ScopeId[] {
  const scopes = new Set<ScopeId>([
    ...state.scopes.keys(),
    ...indexesOf(state).targetsByScope.keys(),
  ]);
  for (const id of state.observed.keys()) {
    if (!state.targets.has(id)) scopes.add(scopeOfInstance(state, id));
  }
  return [...scopes].toSorted();
}

/** Every instance that is asked for, told or reported. Sorted. */
export function allInstances(state: RegistryState): readonly InstanceId[] {
  const ids = new Set<InstanceId>([...state.targets.keys(), ...state.observed.keys()]);
  for (const { desired } of state.scopes.values()) {
    for (const { instance } of desired.instances) ids.add(instance);
  }
  return [...ids].toSorted();
}

export type AskedInstances = ReadonlyMap<InstanceId, DesiredOfInstance>;

/** What Git asks for on each node, in one pass over the fleet. */
export function askedByNode(state: RegistryState): ReadonlyMap<string, AskedInstances> {
  const byNode = new Map<string, Map<InstanceId, DesiredOfInstance>>();
  for (const record of state.scopes.values()) {
    for (const desired of record.desired.instances) {
      const onNode = byNode.get(desired.node) ?? new Map<InstanceId, DesiredOfInstance>();
      byNode.set(desired.node, onNode.set(desired.instance, askedOf(record, desired)));
    }
  }
  return byNode;
}
