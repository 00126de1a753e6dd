/** Warns when nodes of one machine choose automatic ports from the same range. */

import type { Fault } from '../fault.ts';
import { placeOf, refOf, type Outcome } from './outcome.ts';
import type { NodeUnit, ResolvedNode } from './resolve-node-unit.ts';

interface Owned {
  readonly unit: NodeUnit;
  readonly resolved: ResolvedNode;
}

export function checkPortRanges(
  units: ReadonlyMap<string, NodeUnit>,
  outcomes: ReadonlyMap<string, Outcome<ResolvedNode>>,
): Fault[] {
  const machines = new Map<string, Owned[]>();
  for (const unit of units.values()) {
    if (!unit.outcome.ok) continue;
    for (const resolved of unit.outcome.value) {
      if (outcomes.get(resolved.node.name)?.ok !== true) continue;
      const owned = machines.get(resolved.machine);
      if (owned === undefined) machines.set(resolved.machine, [{ unit, resolved }]);
      else owned.push({ unit, resolved });
    }
  }
  return [...machines.values()].filter(({ length }) => length > 1).flatMap(checkMachine);
}

/** Neighbours in the order of their ranges are enough: one fault for each node that comes too early. */
function checkMachine(owned: Owned[]): Fault[] {
  const sorted = owned.toSorted((left, right) => {
    const { node: a } = left.resolved;
    const { node: b } = right.resolved;
    return a.portRange.from - b.portRange.from || (a.name < b.name ? -1 : 1);
  });
  const faults: Fault[] = [];
  let [widest] = sorted;
  for (const next of sorted.slice(1)) {
    if (widest === undefined) break;
    if (next.resolved.node.portRange.from <= widest.resolved.node.portRange.to) {
      faults.push(overlap(widest, next));
    }
    if (next.resolved.node.portRange.to > widest.resolved.node.portRange.to) widest = next;
  }
  return faults;
}

function overlap(first: Owned, second: Owned): Fault {
  const { node } = second.resolved;
  const { node: other } = first.resolved;
  const address = Object.values(node.addresses)[0];
  return {
    code: 'SPEC_PORT_RANGE_OVERLAP',
    severity: 'warning',
    message: `nodes ${other.name} and ${node.name} share the machine ${address}, and their port ranges overlap`,
    place: placeOf(second.unit.object, '/spec', 'key'),
    object: refOf(second.unit.object),
    hint: `give each its own portRange: ${other.name} has ${other.portRange.from} to ${other.portRange.to}`,
    related: [
      {
        place: placeOf(first.unit.object, '/spec', 'key'),
        message: `${other.name} is described here`,
      },
    ],
  };
}
