/** Derived look-ups of a registry state: never stored, rebuilt from the state, kept by `apply`. */

import type { InstanceId, ScopeId } from '../spec/desired-state.ts';
import { nodeOfInstance, serviceOfInstance } from './instance-id.ts';
import type { InstanceTarget, RegistryState, ScopeRecord } from './model.ts';

export type InstanceIndex<Key> = ReadonlyMap<Key, ReadonlySet<InstanceId>>;

export interface RegistryIndexes {
  readonly scopesByService: ReadonlyMap<string, ReadonlySet<ScopeId>>;
  readonly targetsByNode: InstanceIndex<string>;
  readonly targetsByScope: InstanceIndex<ScopeId>;
  readonly targetsByService: InstanceIndex<string>;
  readonly observedByNode: InstanceIndex<string>;
  readonly observedByService: InstanceIndex<string>;
}

type MutableIndex = Map<string, Set<string>>;
type MutableIndexes = Record<keyof RegistryIndexes, MutableIndex>;

const none: ReadonlySet<InstanceId> = new Set();

/** Beside the state and not in it: two equal states stay equal, and a snapshot holds no index. */
const indexesOfState = new WeakMap<RegistryState, MutableIndexes>();

function add(index: MutableIndex, key: string, member: string): void {
  const members = index.get(key);
  if (members === undefined) index.set(key, new Set([member]));
  else members.add(member);
}

function remove(index: MutableIndex, key: string, member: string): void {
  const members = index.get(key);
  if (members === undefined) return;
  members.delete(member);
  if (members.size === 0) index.delete(key);
}

function addTarget(indexes: MutableIndexes, target: InstanceTarget): void {
  add(indexes.targetsByNode, target.node, target.instance);
  add(indexes.targetsByScope, target.scope, target.instance);
  add(indexes.targetsByService, target.service, target.instance);
}

function removeTarget(indexes: MutableIndexes, target: InstanceTarget): void {
  remove(indexes.targetsByNode, target.node, target.instance);
  remove(indexes.targetsByScope, target.scope, target.instance);
  remove(indexes.targetsByService, target.service, target.instance);
}

function addObserved(indexes: MutableIndexes, instance: InstanceId): void {
  add(indexes.observedByNode, nodeOfInstance(instance), instance);
  add(indexes.observedByService, serviceOfInstance(instance), instance);
}

function build(state: RegistryState): MutableIndexes {
  const indexes: MutableIndexes = {
    scopesByService: new Map(),
    targetsByNode: new Map(),
    targetsByScope: new Map(),
    targetsByService: new Map(),
    observedByNode: new Map(),
    observedByService: new Map(),
  };
  for (const [scope, { desired }] of state.scopes) {
    add(indexes.scopesByService, desired.service, scope);
  }
  for (const target of state.targets.values()) addTarget(indexes, target);
  for (const instance of state.observed.keys()) addObserved(indexes, instance);
  return indexes;
}

function mutableIndexes(state: RegistryState): MutableIndexes {
  const known = indexesOfState.get(state);
  if (known !== undefined) return known;
  const built = build(state);
  indexesOfState.set(state, built);
  return built;
}

/** Built at the first call for a state; later calls cost nothing. */
export function indexesOf(state: RegistryState): RegistryIndexes {
  return mutableIndexes(state);
}

/** The instances under a key; empty when there are none. */
export function instancesAt<Key>(index: InstanceIndex<Key>, key: Key): ReadonlySet<InstanceId> {
  return index.get(key) ?? none;
}

export function putScope(state: RegistryState, record: ScopeRecord): void {
  const { scope, service } = record.desired;
  const indexes = mutableIndexes(state);
  state.scopes.set(scope, record);
  add(indexes.scopesByService, service, scope);
}

/** Whether it was there. */
export function dropScope(state: RegistryState, scope: ScopeId): boolean {
  const record = state.scopes.get(scope);
  if (record === undefined) return false;
  remove(mutableIndexes(state).scopesByService, record.desired.service, scope);
  return state.scopes.delete(scope);
}

/** Sets a target and keeps the indexes: the only way `apply` writes targets. */
export function putTarget(state: RegistryState, target: InstanceTarget): void {
  const indexes = mutableIndexes(state);
  const old = state.targets.get(target.instance);
  if (old !== undefined) removeTarget(indexes, old);
  state.targets.set(target.instance, target);
  addTarget(indexes, target);
}

export function dropTarget(state: RegistryState, instance: InstanceId): void {
  const old = state.targets.get(instance);
  if (old === undefined) return;
  removeTarget(mutableIndexes(state), old);
  state.targets.delete(instance);
}

export function putObserved(
  state: RegistryState,
  observed: Parameters<RegistryState['observed']['set']>[1],
): void {
  const indexes = mutableIndexes(state);
  const isNew = !state.observed.has(observed.instance);
  state.observed.set(observed.instance, observed);
  if (isNew) addObserved(indexes, observed.instance);
}

export function dropObserved(state: RegistryState, instance: InstanceId): void {
  const indexes = mutableIndexes(state);
  if (!state.observed.delete(instance)) return;
  remove(indexes.observedByNode, nodeOfInstance(instance), instance);
  remove(indexes.observedByService, serviceOfInstance(instance), instance);
}
