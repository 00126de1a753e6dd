/** The instances that watchers were told of, so that those that vanish are told too. */

import { nodeOfInstance } from '../../../registry/instance-id.ts';
import type { RegistryState } from '../../../registry/model.ts';
import {
  allInstances,
  desiredOf,
  scopeOfInstance,
} from '../../../registry/status/instance-lookup.ts';
import type { InstanceId, ScopeId } from '../../../spec/desired-state.ts';

const none: ReadonlySet<InstanceId> = new Set();

export class KnownInstances {
  readonly #scopes = new Map<InstanceId, ScopeId>();
  readonly #byNode = new Map<string, Set<InstanceId>>();
  readonly #byScope = new Map<ScopeId, Set<InstanceId>>();

  constructor(state: RegistryState) {
    this.update(state, allInstances(state));
  }

  onNode(node: string): ReadonlySet<InstanceId> {
    return this.#byNode.get(node) ?? none;
  }

  inScope(scope: ScopeId): ReadonlySet<InstanceId> {
    return this.#byScope.get(scope) ?? none;
  }

  /** The scope it was in when it was told last. */
  scopeOf(instance: InstanceId): ScopeId | undefined {
    return this.#scopes.get(instance);
  }

  /** Takes over how these instances are now. */
  update(state: RegistryState, instances: Iterable<InstanceId>): void {
    for (const instance of instances) {
      this.#forget(instance);
      if (exists(state, instance)) this.#keep(instance, scopeOfInstance(state, instance));
    }
  }

  #keep(instance: InstanceId, scope: ScopeId): void {
    this.#scopes.set(instance, scope);
    add(this.#byScope, scope, instance);
    add(this.#byNode, nodeOfInstance(instance), instance);
  }

  #forget(instance: InstanceId): void {
    const scope = this.#scopes.get(instance);
    if (scope === undefined) return;
    this.#scopes.delete(instance);
    remove(this.#byScope, scope, instance);
    remove(this.#byNode, nodeOfInstance(instance), instance);
  }
}

function exists(state: RegistryState, instance: InstanceId): boolean {
  const isReal = state.targets.has(instance) || state.observed.has(instance);
  return isReal || desiredOf(state, instance) !== undefined;
}

function add(index: Map<string, Set<InstanceId>>, key: string, instance: InstanceId): void {
  const members = index.get(key);
  if (members === undefined) index.set(key, new Set([instance]));
  else members.add(instance);
}

function remove(index: Map<string, Set<InstanceId>>, key: string, instance: InstanceId): void {
  const members = index.get(key);
  members?.delete(instance);
  if (members?.size === 0) index.delete(key);
}
