/** Bounds the number of nodes before any is made: a NodeSet of a few bytes asks for thousands. */

import type { Fault } from '../fault.ts';
import { countNames } from './expand-names.ts';
import { byPlace, placeOf, refOf, type Hold } from './outcome.ts';
import type { NodeObject } from './resolve-node-unit.ts';
import { objectsOf, type RepositoryIndex } from './repository-index.ts';

/** Nodes of one cluster. */
const nodesMax = 100_000;

/** The objects, by place, from the first one on that there is no room for. */
export function findExcess(index: RepositoryIndex): ReadonlySet<NodeObject> {
  const nodes = objectsOf(index, 'Node');
  const sets = [...objectsOf(index, 'NodeSet').values()];
  const total = sets.reduce((sum, object) => sum + countOf(object), nodes.size);
  if (total <= nodesMax) return new Set();
  const sorted: NodeObject[] = [...nodes.values(), ...sets];
  sorted.sort(byPlace);
  let count = 0;
  const first = sorted.findIndex((object) => {
    count += countOf(object);
    return count > nodesMax;
  });
  return new Set(sorted.slice(first));
}

function countOf(object: NodeObject): number {
  if (object.kind === 'Node') return 1;
  const { names } = object.value.spec;
  if (typeof names === 'string') return countNames(names);
  return names.reduce((sum, name) => sum + countNames(name), 0);
}

export function excessFault(object: NodeObject): Fault {
  return {
    code: 'SPEC_TOO_MANY_NODES',
    severity: 'error',
    message: `${object.kind} ${object.name} brings the fleet to more than ${nodesMax} nodes`,
    place: placeOf(object, '/spec'),
    object: refOf(object),
  };
}

/** The first one is to blame for the others, and for every node that is missing now. */
export function holdExcess(
  excess: ReadonlySet<NodeObject>,
  holds: Map<string, Hold>,
): Hold | undefined {
  const [first] = excess;
  if (first === undefined) return undefined;
  const { code, message } = excessFault(first);
  const hold = { code, message, root: refOf(first) };
  for (const { kind, name } of excess) holds.set(`${kind}/${name}`, hold);
  return hold;
}
