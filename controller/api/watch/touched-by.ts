/** Which objects a registry command may have changed, beside the instances of changed scopes. */

import type { RegistryCommand } from '../../../registry/commands.ts';
import { indexesOf, instancesAt } from '../../../registry/indexes.ts';
import type { RegistryState } from '../../../registry/model.ts';
import type { RegistryChanges } from '../../../registry/result.ts';
import { scopeOfInstance, type AskedInstances } from '../../../registry/status/instance-lookup.ts';
import type { InstanceId, ScopeId } from '../../../spec/desired-state.ts';

export interface Touched {
  readonly scopes: Set<ScopeId>;
  readonly nodes: Set<string>;
  readonly instances: Set<InstanceId>;
}

/** `asked`: what Git asks for on each node, as of now. */
export function touchedBy(
  state: RegistryState,
  command: RegistryCommand,
  changes: RegistryChanges,
  asked: ReadonlyMap<string, AskedInstances>,
): Touched {
  const touched: Touched = {
    scopes: new Set(changes.scopes),
    nodes: new Set(changes.nodes),
    instances: new Set(changes.targets.map(({ instance }) => instance)),
  };
  for (const { node } of changes.targets) touched.nodes.add(node);
  if (command.type === 'report-observed') {
    const named = [...command.instances.map(({ instance }) => instance), ...command.gone];
    touched.nodes.add(command.node);
    for (const instance of named) addInstance(state, instance, touched);
    if (command.full) addNode(state, command.node, asked, touched);
  }
  for (const node of changes.nodes) addNode(state, node, asked, touched);
  return touched;
}

function addInstance(state: RegistryState, instance: InstanceId, touched: Touched): void {
  touched.instances.add(instance);
  touched.scopes.add(scopeOfInstance(state, instance));
}

function addNode(
  state: RegistryState,
  node: string,
  asked: ReadonlyMap<string, AskedInstances>,
  touched: Touched,
): void {
  const { targetsByNode, observedByNode } = indexesOf(state);
  for (const id of instancesAt(targetsByNode, node)) addInstance(state, id, touched);
  for (const id of instancesAt(observedByNode, node)) addInstance(state, id, touched);
  for (const id of asked.get(node)?.keys() ?? []) addInstance(state, id, touched);
}
