/** Which objects a registry command may have changed: never too few, perhaps too many. */

import type { RegistryCommand } from '../../../registry/commands.ts';
import { indexesOf, instancesAt } from '../../../registry/indexes.ts';
import { nodeOfInstance } from '../../../registry/instance-id.ts';
import type { RegistryState } from '../../../registry/model.ts';
import type { RegistryChanges } from '../../../registry/result.ts';
import { instancesOfScope, scopeOfInstance } from '../../../registry/status/instance-lookup.ts';
import type { InstanceId, ScopeId } from '../../../spec/desired-state.ts';
import type { KnownInstances } from './known-instances.ts';

export interface Touched {
  readonly scopes: ReadonlySet<ScopeId>;
  readonly nodes: ReadonlySet<string>;
  readonly instances: ReadonlySet<InstanceId>;
}

/** `state` is that after the command, `known` that before it. */
export function touchedBy(
  state: RegistryState,
  command: RegistryCommand,
  changes: RegistryChanges,
  known: KnownInstances,
): Touched {
  const scopes = new Set(changes.scopes);
  const nodes = new Set(changes.nodes);
  const instances = touchedInstances(state, command, changes, known);
  for (const instance of instances) {
    nodes.add(nodeOfInstance(instance));
    scopes.add(scopeOfInstance(state, instance));
    const before = known.scopeOf(instance);
    if (before !== undefined) scopes.add(before);
  }
  if (command.type === 'report-observed') nodes.add(command.node);
  return { scopes, nodes, instances };
}

function touchedInstances(
  state: RegistryState,
  command: RegistryCommand,
  changes: RegistryChanges,
  known: KnownInstances,
): ReadonlySet<InstanceId> {
  const instances = new Set(changes.targets.map(({ instance }) => instance));
  const nodes = new Set(changes.nodes);
  if (command.type === 'report-observed') {
    for (const { instance } of command.instances) instances.add(instance);
    for (const instance of command.gone) instances.add(instance);
    if (command.full) nodes.add(command.node);
  }
  if (command.type === 'apply-commit') {
    // What waits for its turn, and what is not asked for any more, has no target that changed.
    for (const scope of changes.scopes) {
      for (const instance of instancesOfScope(state, scope).keys()) instances.add(instance);
      for (const instance of known.inScope(scope)) instances.add(instance);
    }
  }
  const { targetsByNode, observedByNode } = indexesOf(state);
  for (const node of nodes) {
    for (const instance of instancesAt(targetsByNode, node)) instances.add(instance);
    for (const instance of instancesAt(observedByNode, node)) instances.add(instance);
    for (const instance of known.onNode(node)) instances.add(instance);
  }
  return instances;
}
