/** Checks that every node of a service has an address in the networks of its servants. */

import type { ObjectOf } from '../kind-of.ts';
import { listNames, namesShown } from '../wording/list-names.ts';
import { placeOf, type FaultList } from './outcome.ts';
import type { ResolvedNode } from './resolve-node-unit.ts';
import type { NodeStage } from './resolve-nodes.ts';
import type { Suggest } from './suggestions.ts';

interface NetworkContext {
  readonly nodes: NodeStage;
  readonly suggest: Suggest;
}

export function usesNetworks({ value }: ObjectOf<'Service'>): boolean {
  return value.spec.servants.some(({ networks }) => networks !== undefined);
}

/** `placed`: sorted by name. One fault for each network of each servant. */
export function checkNetworks(
  object: ObjectOf<'Service'>,
  placed: readonly ResolvedNode[],
  context: NetworkContext,
  list: FaultList,
): void {
  const groups = groupByNetworks(placed);
  const known = new Set(groups.flatMap(({ networks }) => [...networks]));
  for (const [servant, { networks = [] }] of object.value.spec.servants.entries()) {
    for (const [position, network] of networks.entries()) {
      const without = groups.filter((group) => !group.networks.has(network));
      const [first] = without;
      if (first === undefined) continue;
      const pointer = `/spec/servants/${servant}/networks/${position}`;
      const names = listNames(
        without.flatMap((group) => group.names.slice(0, namesShown)),
        without.reduce((sum, group) => sum + group.names.length, 0),
      );
      const suggestion = known.has(network) ? {} : context.suggest(network, known);
      list.add('SPEC_NETWORK_MISSING', pointer, `no address in network ${network} on ${names}`, {
        ...suggestion,
        hint: 'each node that the servant is placed on needs an address in each of its networks',
        related: placesOf(first.example, context.nodes),
      });
    }
  }
}

/** Nodes with the same networks. */
interface NodeGroup {
  readonly networks: ReadonlySet<string>;
  /** Sorted. */
  readonly names: string[];
  readonly example: ResolvedNode;
}

/** Thousands of nodes have a few combinations of networks. */
function groupByNetworks(placed: readonly ResolvedNode[]): readonly NodeGroup[] {
  const groups = new Map<string, NodeGroup>();
  for (const example of placed) {
    const networks = Object.keys(example.node.addresses).toSorted();
    const key = networks.join(' ');
    const group = groups.get(key);
    if (group !== undefined) group.names.push(example.node.name);
    else groups.set(key, { networks: new Set(networks), names: [example.node.name], example });
  }
  return [...groups.values()];
}

function placesOf({ node }: ResolvedNode, { units }: NodeStage) {
  const key = node.nodeSet === undefined ? `Node/${node.name}` : `NodeSet/${node.nodeSet}`;
  const object = units.get(key)?.object;
  if (object === undefined) return [];
  const message = `${node.name} has ${Object.keys(node.addresses).join(', ')}`;
  return [{ place: placeOf(object, '/spec/addresses', 'key'), message }];
}
