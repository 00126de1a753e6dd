/** All nodes of the fleet, from Node and NodeSet objects. */

import type { DesiredNode } from '../desired-state.ts';
import type { Fault } from '../fault.ts';
import type { BrokenObject } from '../repository.ts';
import { expandNames } from './expand-names.ts';
import {
  byPlace,
  heldBy,
  isSameOutcome,
  placeOf,
  refOf,
  usable,
  type Hold,
  type Outcome,
} from './outcome.ts';
import { checkPortRanges } from './check-port-ranges.ts';
import { excessFault, findExcess, holdExcess } from './excess-nodes.ts';
import type { DataCenterStage } from './resolve-data-centers.ts';
import {
  resolveNodeUnit,
  type NodeContext,
  type NodeObject,
  type NodeUnit,
  type ResolvedNode,
} from './resolve-node-unit.ts';
import type { Suggest } from './suggestions.ts';
import {
  brokenOf,
  holdOf,
  kindOf,
  objectsOf,
  troubleOf,
  type KindIndex,
  type RepositoryIndex,
  duplicatesOf,
} from './repository-index.ts';
import type { KindTrouble } from './trouble.ts';

export interface NodeStage {
  readonly dataCenters: DataCenterStage;
  readonly kinds: readonly [KindIndex, KindIndex];
  /** By `Kind/name` of the object. */
  readonly units: ReadonlyMap<string, NodeUnit>;
  /** By name of the node. */
  readonly outcomes: ReadonlyMap<string, Outcome<ResolvedNode>>;
  readonly desired: ReadonlyMap<string, DesiredNode>;
  /** Of the objects in `units` that are not in force as written. */
  readonly holds: ReadonlyMap<string, Hold>;
  /** Stands for a node that is missing while the members of a NodeSet are not known. */
  readonly missingHold: Hold | undefined;
  /** One of the nodes that are not usable, or what hides nodes. */
  readonly anyHold: Hold | undefined;
  readonly faults: readonly Fault[];
  readonly trouble: readonly (KindTrouble | undefined)[];
  readonly unreadableHold: Hold | undefined;
}

export function resolveNodes(
  index: RepositoryIndex,
  dataCenters: DataCenterStage,
  suggest: Suggest,
  previous: NodeStage | undefined,
): NodeStage {
  const missing = index.trouble.unreadableHold;
  const context = { dataCenters: dataCenters.outcomes, missingHold: missing, suggest };
  const kinds = [kindOf(index, 'Node'), kindOf(index, 'NodeSet')] as const;
  const trouble = [troubleOf(index, 'Node'), troubleOf(index, 'NodeSet')];
  const isSame =
    previous?.dataCenters === dataCenters &&
    previous.unreadableHold === missing &&
    previous.trouble.every((one, position) => one === trouble[position]) &&
    previous.kinds.every((kind, position) => kind === kinds[position]);
  if (isSame) return previous;

  const holds = new Map<string, Hold>();
  const faults: Fault[] = [];
  const excess = findExcess(index);
  const [tooMany] = excess;
  if (tooMany !== undefined) faults.push(excessFault(tooMany));
  const units = resolveUnits(index, context, excess, previous);
  for (const [key, unit] of units) {
    faults.push(...unit.faults);
    if (!unit.outcome.ok) holds.set(key, unit.outcome.hold);
  }
  faults.push(...findNameClashes(units, holds));
  const outcomes = new Map<string, Outcome<ResolvedNode>>();
  const desired = new Map<string, DesiredNode>();
  fillTables(units, holds, outcomes, desired);
  const missingHold =
    addBroken(index, outcomes) ?? holdExcess(excess, holds) ?? index.trouble.unreadableHold;
  faults.push(...checkPortRanges(units, outcomes));
  const anyHold = missingHold ?? firstHold(outcomes);
  return {
    dataCenters,
    kinds,
    units,
    outcomes,
    desired,
    holds,
    missingHold,
    anyHold,
    faults,
    trouble,
    unreadableHold: missing,
  };
}

function resolveUnits(
  index: RepositoryIndex,
  context: NodeContext,
  excess: ReadonlySet<NodeObject>,
  previous: NodeStage | undefined,
): ReadonlyMap<string, NodeUnit> {
  const units = new Map<string, NodeUnit>();
  for (const kind of ['Node', 'NodeSet'] as const) {
    for (const object of objectsOf(index, kind).values() as Iterable<NodeObject>) {
      if (holdOf(index, object) !== undefined || excess.has(object)) continue;
      const key = `${kind}/${object.name}`;
      const before = previous?.units.get(key);
      const unit = canKeep(before, object, context) ? before : resolveNodeUnit(object, context);
      units.set(key, unit);
    }
  }
  return units;
}

function canKeep(
  unit: NodeUnit | undefined,
  object: NodeObject,
  { dataCenters }: NodeContext,
): unit is NodeUnit {
  if (unit === undefined || unit.object !== object || unit.volatile) return false;
  return isSameOutcome(unit.dataCenter, dataCenters.get(object.value.spec.dataCenter));
}

interface NameClash {
  readonly first: NodeUnit;
  readonly second: NodeUnit;
  name: string;
}

/** A node that two objects describe holds both of them. */
function findNameClashes(units: ReadonlyMap<string, NodeUnit>, holds: Map<string, Hold>): Fault[] {
  if (!hasClash(units)) return [];
  // By place, so that it does not depend on the order of the table who is told to clash with whom.
  const sorted = [...units.values()].toSorted((left, right) => byPlace(left.object, right.object));
  const owners = new Map<string, NodeUnit>();
  const clashes = new Map<string, NameClash>();
  const faults: Fault[] = [];
  for (const unit of sorted) {
    for (const { name } of unit.names) {
      const other = owners.get(name);
      if (other === undefined) owners.set(name, unit);
      else noteClash(name, [other, unit], clashes);
    }
  }
  for (const clash of clashes.values()) faults.push(clashFault(clash, holds));
  return faults;
}

function hasClash(units: ReadonlyMap<string, NodeUnit>): boolean {
  const names = new Set<string>();
  for (const unit of units.values()) {
    for (const { name } of unit.names) {
      if (names.has(name)) return true;
      names.add(name);
    }
  }
  return false;
}

/** Two sets with the same range clash in each of their names: one root cause. */
function noteClash(
  name: string,
  [first, second]: readonly [NodeUnit, NodeUnit],
  clashes: Map<string, NameClash>,
): void {
  const key = `${keyOf(first.object)} ${keyOf(second.object)}`;
  const known = clashes.get(key);
  if (known === undefined) clashes.set(key, { first, second, name });
  else if (name < known.name) known.name = name;
}

function clashFault({ first, second, name }: NameClash, holds: Map<string, Hold>): Fault {
  const message = `node ${name} is described twice`;
  for (const { object } of [first, second]) {
    const hold = { code: 'SPEC_DUPLICATE_NAME', message, root: refOf(object) };
    if (!holds.has(keyOf(object))) holds.set(keyOf(object), hold);
  }
  const [place, otherPlace] = placesOf(name, first, second);
  return {
    code: 'SPEC_DUPLICATE_NAME',
    severity: 'error',
    message,
    place,
    object: refOf(second.object),
    hint: 'rename or remove one of them',
    related: [{ place: otherPlace, message: `also described here, by ${nameOf(first.object)}` }],
  };
}

function placesOf(name: string, first: NodeUnit, second: NodeUnit) {
  const pointers = [first, second].map((unit) =>
    unit.names.filter((entry) => entry.name === name).map((entry) => entry.pointer),
  );
  const own = pointers[1] ?? [];
  // A set may name a node twice itself.
  const [before, after] =
    first === second ? [own[0], own[1] ?? own[0]] : [pointers[0]?.[0], own[0]];
  return [placeOf(second.object, after ?? ''), placeOf(first.object, before ?? '')] as const;
}

function fillTables(
  units: ReadonlyMap<string, NodeUnit>,
  holds: ReadonlyMap<string, Hold>,
  outcomes: Map<string, Outcome<ResolvedNode>>,
  desired: Map<string, DesiredNode>,
): void {
  const held: { readonly unit: NodeUnit; readonly hold: Hold }[] = [];
  for (const [key, unit] of units) {
    const hold = holds.get(key);
    if (hold !== undefined) held.push({ unit, hold });
    if (hold !== undefined || !unit.outcome.ok) continue;
    for (const resolved of unit.outcome.value) {
      outcomes.set(resolved.node.name, usable(resolved));
      desired.set(resolved.node.name, resolved.node);
    }
  }
  // By place, so that it does not depend on the order of the table who is to blame for a node.
  held.sort((left, right) => byPlace(left.unit.object, right.unit.object));
  for (const { unit, hold } of held) {
    const outcome = heldBy(hold);
    for (const { name } of unit.names) outcomes.set(name, outcome);
  }
}

/** Gives broken Nodes, and what can be told of broken NodeSets, their place in the table. */
function addBroken(
  index: RepositoryIndex,
  outcomes: Map<string, Outcome<ResolvedNode>>,
): Hold | undefined {
  let unknown: Hold | undefined;
  for (const object of brokenOf(index, 'Node')) {
    const hold = holdOf(index, object);
    if (hold !== undefined) outcomes.set(object.name, heldBy(hold));
  }
  const doubtful = [
    ...brokenOf(index, 'NodeSet'),
    ...duplicatesOf(index, 'Node'),
    ...duplicatesOf(index, 'NodeSet'),
  ];
  for (const object of doubtful) {
    const hold = holdOf(index, object);
    if (hold === undefined) continue;
    const names = namesInBroken(object);
    for (const name of names) if (!outcomes.has(name)) outcomes.set(name, heldBy(hold));
    if (names.length === 0) unknown ??= hold;
  }
  return unknown;
}

/** By the name of the node, so that the order of files does not count. */
function firstHold(outcomes: NodeStage['outcomes']): Hold | undefined {
  let first: { readonly name: string; readonly hold: Hold } | undefined;
  for (const [name, outcome] of outcomes) {
    if (outcome.ok || (first !== undefined && first.name < name)) continue;
    first = { name, hold: outcome.hold };
  }
  return first?.hold;
}

function namesInBroken({ kind, name, value }: BrokenObject): string[] {
  if (kind === 'Node') return [name];
  const spec = (value as { spec?: { names?: unknown } } | null | undefined)?.spec;
  const entries = typeof spec?.names === 'string' ? [spec.names] : spec?.names;
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry) => {
    const expansion = typeof entry === 'string' ? expandNames(entry, 0) : { names: [] };
    return 'names' in expansion ? expansion.names.map((expanded) => expanded.name) : [];
  });
}

function keyOf({ kind, name }: NodeObject): string {
  return `${kind}/${name}`;
}

function nameOf({ kind, name }: NodeObject): string {
  return `${kind} ${name}`;
}
