/** Data centres with their networks as number ranges. */

import type { Origin } from '../desired-state.ts';
import type { Fault } from '../fault.ts';
import type { ObjectOf } from '../kind-of.ts';
import type { LoadedObject } from '../repository.ts';
import { parseIpRange, type IpRange } from './ip-address.ts';
import {
  byPlace,
  FaultList,
  heldBy,
  placeOf,
  pointerStep,
  refOf,
  usable,
  type Outcome,
} from './outcome.ts';
import {
  brokenOf,
  holdOf,
  kindOf,
  objectsOf,
  troubleOf,
  type KindIndex,
  type RepositoryIndex,
} from './repository-index.ts';
import type { KindTrouble } from './trouble.ts';

export interface ResolvedDataCenter {
  readonly name: string;
  readonly origin: Origin;
  readonly object: LoadedObject;
  /** Empty when the networks are not described: then any address fits. */
  readonly networks: ReadonlyMap<string, readonly IpRange[]>;
}

interface Unit {
  readonly object: ObjectOf<'DataCenter'>;
  readonly outcome: Outcome<ResolvedDataCenter>;
  readonly faults: readonly Fault[];
}

export interface DataCenterStage {
  readonly kind: KindIndex;
  readonly units: ReadonlyMap<string, Unit>;
  readonly outcomes: ReadonlyMap<string, Outcome<ResolvedDataCenter>>;
  readonly desired: ReadonlyMap<string, { readonly name: string; readonly origin: Origin }>;
  readonly faults: readonly Fault[];
  readonly trouble: KindTrouble | undefined;
}

export function resolveDataCenters(
  index: RepositoryIndex,
  previous: DataCenterStage | undefined,
): DataCenterStage {
  const kind = kindOf(index, 'DataCenter');
  const trouble = troubleOf(index, 'DataCenter');
  if (previous?.kind === kind && previous.trouble === trouble) return previous;
  const units = new Map<string, Unit>();
  const outcomes = new Map<string, Outcome<ResolvedDataCenter>>();
  const desired = new Map<string, { readonly name: string; readonly origin: Origin }>();
  const faults: Fault[] = [];
  for (const [name, object] of objectsOf(index, 'DataCenter')) {
    const hold = holdOf(index, object);
    if (hold !== undefined) {
      outcomes.set(name, heldBy(hold));
      continue;
    }
    const before = previous?.units.get(name);
    const unit = before?.object === object ? before : resolveOne(object);
    units.set(name, unit);
    outcomes.set(name, unit.outcome);
    faults.push(...unit.faults);
    if (unit.outcome.ok) desired.set(name, { name, origin: unit.outcome.value.origin });
  }
  for (const object of brokenOf(index, 'DataCenter')) {
    const hold = holdOf(index, object);
    if (hold !== undefined) outcomes.set(object.name, heldBy(hold));
  }
  faults.push(...checkPrimary([...units.values()].map((unit) => unit.object)));
  return { kind, units, outcomes, desired, faults, trouble };
}

function resolveOne(object: ObjectOf<'DataCenter'>): Unit {
  const list = new FaultList(object);
  const networks = new Map<string, IpRange[]>();
  for (const [network, { cidrs }] of Object.entries(object.value.spec.networks)) {
    const ranges: IpRange[] = [];
    for (const [position, text] of cidrs.entries()) {
      const range = parseIpRange(text);
      if (range !== undefined) ranges.push(range);
      else addRangeFault(list, `/spec/networks/${pointerStep(network)}/cidrs/${position}`, text);
    }
    networks.set(network, ranges);
  }
  const origin = { path: object.path, line: object.line };
  const outcome =
    list.hold === undefined
      ? usable({ name: object.name, origin, object, networks })
      : heldBy(list.hold);
  return { object, outcome, faults: list.faults };
}

function addRangeFault(list: FaultList, pointer: string, text: string): void {
  list.add('SPEC_ADDRESS_RANGE', pointer, `${text} is not an address range`, {
    hint: 'write address/bits, such as 10.1.0.0/16 or fd00:1::/48',
  });
}

/** A warning: nothing that runs depends on the role. */
function checkPrimary(objects: ObjectOf<'DataCenter'>[]): Fault[] {
  const primaries = objects.filter(({ value }) => value.spec.role === 'primary').toSorted(byPlace);
  const [first, ...others] = primaries;
  if (first === undefined) return [];
  return others.map((object) => ({
    code: 'SPEC_SECOND_PRIMARY',
    severity: 'warning',
    message: `data centres ${first.name} and ${object.name} both have the role primary`,
    place: placeOf(object, '/spec/role'),
    object: refOf(object),
    hint: 'the controllers run in one data centre: make the others secondary',
    related: [{ place: placeOf(first, '/spec/role'), message: `${first.name} is primary here` }],
  }));
}
