/** Checks that every node of a service has an address in the networks of its servants. */

import type { ObjectOf } from '../kind-of.ts';
import { listNames } from '../wording/list-names.ts';
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
  const known = new Set(placed.flatMap(({ node }) => Object.keys(node.addresses)));
  for (const [servant, { networks = [] }] of object.value.spec.servants.entries()) {
    for (const [position, network] of networks.entries()) {
      const without = placed.filter(({ node }) => !Object.hasOwn(node.addresses, network));
      const [first] = without;
      if (first === undefined) continue;
      const pointer = `/spec/servants/${servant}/networks/${position}`;
      const names = listNames(without.map(({ node }) => node.name));
      const suggestion = known.has(network) ? {} : context.suggest(network, known);
      list.add('SPEC_NETWORK_MISSING', pointer, `no address in network ${network} on ${names}`, {
        ...suggestion,
        hint: 'each node that the servant is placed on needs an address in each of its networks',
        related: placesOf(first, context.nodes),
      });
    }
  }
}

function placesOf({ node }: ResolvedNode, { units }: NodeStage) {
  const key = node.nodeSet === undefined ? `Node/${node.name}` : `NodeSet/${node.nodeSet}`;
  const object = units.get(key)?.object;
  if (object === undefined) return [];
  const message = `${node.name} has ${Object.keys(node.addresses).join(', ')}`;
  return [{ place: placeOf(object, '/spec/addresses', 'key'), message }];
}
