/** IDC groups of all data centres, and the stations that they form. */

import type { DesiredTopology, IdcGroup, Station } from '../desired-state.ts';
import type { Fault } from '../fault.ts';
import type { ObjectOf } from '../kind-of.ts';
import {
  byPlace,
  FaultList,
  heldBy,
  placeOf,
  refOf,
  usable,
  type Hold,
  type Outcome,
} from './outcome.ts';
import {
  brokenOf,
  duplicatesOf,
  holdOf,
  kindOf,
  objectsOf,
  troubleOf,
  type KindIndex,
  type RepositoryIndex,
} from './repository-index.ts';
import { resolveGroups, type GroupUnit, type NamedGroup } from './resolve-groups.ts';
import type { Suggest } from './suggestions.ts';
import type { KindTrouble } from './trouble.ts';

export interface TopologyStage {
  readonly seen: Seen;
  readonly units: ReadonlyMap<string, GroupUnit>;
  /** By name of the group. */
  readonly groups: ReadonlyMap<string, Outcome<string>>;
  /** Of what is free of faults. */
  readonly topology: DesiredTopology;
  /** By `Kind/name`. A data centre whose groups have a fault is as good as another to its nodes. */
  readonly holds: ReadonlyMap<string, Hold>;
  /** Stands for a group that is missing while a data centre cannot be read. */
  readonly missingHold: Hold | undefined;
  readonly faults: readonly Fault[];
}

interface Seen {
  readonly kinds: readonly KindIndex[];
  readonly troubles: readonly (KindTrouble | undefined)[];
  readonly unreadableHold: Hold | undefined;
}

export function resolveTopology(
  index: RepositoryIndex,
  suggest: Suggest,
  previous: TopologyStage | undefined,
): TopologyStage {
  const seen = look(index);
  if (previous !== undefined && isSame(previous.seen, seen)) return previous;
  const holds = new Map<string, Hold>();
  const units = resolveUnits(index, previous);
  // By place, so that it does not depend on the order of the table who is told to clash with whom.
  const sorted = [...units.values()].toSorted((left, right) => byPlace(left.object, right.object));
  const faults = sorted.flatMap((unit) => unit.faults);
  for (const [name, { hold }] of units) if (hold !== undefined) holds.set(keyOf(name), hold);
  faults.push(...findClashes(sorted, holds));
  const groups = new Map<string, Outcome<string>>();
  const sound: NamedGroup[] = [];
  for (const { object, groups: own } of sorted) {
    const hold = holds.get(keyOf(object.name));
    const outcome = (name: string) => (hold === undefined ? usable(name) : heldBy(hold));
    for (const { name } of own) if (!groups.has(name)) groups.set(name, outcome(name));
    if (hold === undefined) sound.push(...own);
  }
  const missingHold = firstHidden(index);
  const numbered = numberGroups(sound);
  const context = { groups, missingHold, suggest, numbered };
  const stations: Station[] = [];
  for (const object of objectsOf(index, 'Station').values()) {
    if (holdOf(index, object) !== undefined) continue;
    const list = new FaultList(object);
    const station = resolveStation(object, context, list);
    faults.push(...list.faults);
    if (list.hold === undefined) stations.push(station);
    else holds.set(`Station/${object.name}`, list.hold);
  }
  const topology = { groups: numbered, stations: stations.toSorted(byPriority) };
  return { seen, units, groups, topology, holds, missingHold, faults };
}

function look(index: RepositoryIndex): Seen {
  return {
    kinds: [kindOf(index, 'DataCenter'), kindOf(index, 'Station')],
    troubles: [troubleOf(index, 'DataCenter'), troubleOf(index, 'Station')],
    unreadableHold: index.trouble.unreadableHold,
  };
}

function isSame(before: Seen, now: Seen): boolean {
  return (
    before.unreadableHold === now.unreadableHold &&
    before.kinds.every((kind, position) => kind === now.kinds[position]) &&
    before.troubles.every((trouble, position) => trouble === now.troubles[position])
  );
}

function resolveUnits(
  index: RepositoryIndex,
  previous: TopologyStage | undefined,
): ReadonlyMap<string, GroupUnit> {
  const units = new Map<string, GroupUnit>();
  for (const [name, object] of objectsOf(index, 'DataCenter')) {
    if (holdOf(index, object) !== undefined) continue;
    const before = previous?.units.get(name);
    units.set(name, before?.object === object ? before : resolveGroups(object));
  }
  return units;
}

interface Owner {
  readonly object: ObjectOf<'DataCenter'>;
  readonly pointer: string;
}

/** A name is used once in all data centres: both that use it are held. */
function findClashes(sorted: readonly GroupUnit[], holds: Map<string, Hold>): Fault[] {
  const faults: Fault[] = [];
  const owners = new Map<string, Owner>();
  for (const { object, groups } of sorted) {
    for (const [position, { name }] of groups.entries()) {
      const owner = { object, pointer: `/spec/groups/${position}/name` };
      const first = owners.get(name);
      if (first === undefined) owners.set(name, owner);
      else faults.push(clashFault(name, [first, owner], holds));
    }
  }
  return faults;
}

function clashFault(
  name: string,
  [first, second]: readonly [Owner, Owner],
  holds: Map<string, Hold>,
): Fault {
  const message = `two IDC groups are named ${name}`;
  const code = 'SPEC_DUPLICATE_GROUP';
  for (const { object } of [first, second]) {
    const key = keyOf(object.name);
    if (!holds.has(key)) holds.set(key, { code, message, root: refOf(object) });
  }
  return {
    code,
    severity: 'error',
    message,
    place: placeOf(second.object, second.pointer),
    object: refOf(second.object),
    hint: 'rename one of them: services and stations find a group by its name alone',
    related: [{ place: placeOf(first.object, first.pointer), message: 'the other one is here' }],
  };
}

/** One of the data centres whose groups are not known. */
function firstHidden(index: RepositoryIndex): Hold | undefined {
  const hidden = [...brokenOf(index, 'DataCenter'), ...duplicatesOf(index, 'DataCenter')]
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((object) => holdOf(index, object) ?? []);
  return hidden[0] ?? index.trouble.unreadableHold;
}

function numberGroups(groups: readonly NamedGroup[]): readonly IdcGroup[] {
  return groups
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
    .map((group, position) => ({ id: position + 1, ...group }));
}

interface StationContext {
  readonly groups: TopologyStage['groups'];
  readonly numbered: readonly IdcGroup[];
  readonly missingHold: Hold | undefined;
  readonly suggest: Suggest;
}

function resolveStation(
  object: ObjectOf<'Station'>,
  { groups, numbered, missingHold, suggest }: StationContext,
  list: FaultList,
): Station {
  const { groups: names, priority } = object.value.spec;
  for (const [position, name] of names.entries()) {
    const outcome = groups.get(name);
    if (outcome?.ok === true) continue;
    const hold = outcome === undefined ? missingHold : outcome.hold;
    if (hold !== undefined) list.dependsOn(hold);
    else addMissingGroup(name, `/spec/groups/${position}`, { groups, suggest }, list);
  }
  const wanted = new Set(names);
  const ids = numbered.filter(({ name }) => wanted.has(name)).map(({ id }) => id);
  return { name: object.name, groups: ids, priority };
}

/** For everything that names a group. */
export function addMissingGroup(
  name: string,
  pointer: string,
  { groups, suggest }: Pick<StationContext, 'groups' | 'suggest'>,
  list: FaultList,
): void {
  list.add('SPEC_MISSING_REFERENCE', pointer, `no IDC group is named ${name}`, {
    ...suggest(name, groups),
    hint: 'IDC groups stand in `groups` of a DataCenter',
  });
}

function byPriority(left: Station, right: Station): number {
  return left.priority - right.priority || (left.name < right.name ? -1 : 1);
}

function keyOf(dataCenter: string): string {
  return `DataCenter/${dataCenter}`;
}
