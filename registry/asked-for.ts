/** What Git asks for although nobody was told yet: instances without a target. */

import type { InstanceId } from '../spec/desired-state.ts';
import { indexesOf, instancesAt } from './indexes.ts';
import { nodeOfInstance, serviceOfInstance } from './instance-id.ts';
import { isRebuilding } from './rebuild.ts';
import type { RegistryState } from './model.ts';

/**
 * Without a target on `node`: the package is missing, the object is held back, or the registry began
 * anew and the rollout has not come to it. An agent may run it already, and must not stop it.
 */
export function askedWithoutTarget(state: RegistryState, node: string): InstanceId[] {
  const asked = new Set<InstanceId>();
  for (const { desired } of state.scopes.values()) {
    for (const instance of desired.instances) {
      if (instance.node === node) asked.add(instance.instance);
    }
  }
  for (const service of heldServices(state)) asked.add(`${service}@${node}`);
  if (isRebuilding(state)) {
    for (const instance of instancesAt(indexesOf(state).observedByNode, node)) asked.add(instance);
  }
  return [...asked].filter((instance) => !state.targets.has(instance)).toSorted();
}

/** Reported by an agent, without a target, and not asked for (any more): to be stopped. */
export function strayInstances(state: RegistryState): InstanceId[] {
  const untold = [...state.observed.keys()].filter((instance) => !state.targets.has(instance));
  if (untold.length === 0) return [];
  const held = heldServices(state);
  return untold.toSorted().filter((instance) => {
    if (held.has(serviceOfInstance(instance))) return false;
    const dataCenter = state.nodes.get(nodeOfInstance(instance))?.dataCenter;
    const scope = state.scopes.get(`${dataCenter}/${serviceOfInstance(instance)}`);
    return scope?.desired.instances.some((asked) => asked.instance === instance) !== true;
  });
}

/** Their objects in Git are broken: what runs of them stays as it is. */
export function heldServices({ source }: RegistryState): ReadonlySet<string> {
  const held = source?.held ?? [];
  return new Set(held.filter(({ object }) => object.kind === 'Service').map(nameOf));
}

function nameOf({ object }: { readonly object: { readonly name: string } }): string {
  return object.name;
}
