/** All services: placed, rendered, and checked against each other. */

import type { DesiredScope, ScopeId } from '../desired-state.ts';
import type { Fault } from '../fault.ts';
import type { ObjectOf } from '../kind-of.ts';
import { byPlace, isSameHold, placeOf, refOf, type Hold } from './outcome.ts';
import { placeService, type PlacementContext, type PlacementUnit } from './place-service.ts';
import {
  checkPorts,
  claimPorts,
  patchPorts,
  type ClaimChange,
  type PortClaim,
  type PortStage,
} from './port-claims.ts';
import type { NodeSelector } from './resolved.ts';
import { holdOf, objectsOf } from './repository-index.ts';
import { resolveService, type ServiceContext, type ServiceUnit } from './service-unit.ts';

/** Instances of one cluster; a few lines of placement may ask for very many. */
const instancesMax = 200_000;

export interface ServiceEntry {
  readonly placement: PlacementUnit;
  readonly unit: ServiceUnit;
  readonly claims: readonly PortClaim[];
}

export interface ServiceStage {
  readonly context: ServicesContext;
  readonly entries: ReadonlyMap<string, ServiceEntry>;
  readonly ports: PortStage;
  readonly scopes: ReadonlyMap<ScopeId, DesiredScope>;
  /** By service. */
  readonly holds: ReadonlyMap<string, Hold>;
  readonly faults: readonly Fault[];
}

export interface ServicesContext extends PlacementContext, ServiceContext {}

export function resolveServices(
  context: ServicesContext,
  previous: ServiceStage | undefined,
): ServiceStage {
  const { entries, excess, changed } = resolveEntries(context, previous);
  const faults: Fault[] = [];
  const holds = new Map<string, Hold>();
  const [tooMany] = excess;
  if (tooMany !== undefined) {
    const fault = excessFault(tooMany);
    const { code, message } = fault;
    faults.push(fault);
    for (const { name } of excess) holds.set(name, { code, message, root: refOf(tooMany) });
  }
  for (const [name, { placement, unit }] of entries) {
    for (const fault of placement.faults) faults.push(fault);
    for (const fault of unit.faults) faults.push(fault);
    if (!unit.outcome.ok) holds.set(name, unit.outcome.hold);
  }
  const changes = findChanges(entries, changed, previous);
  const ports =
    (previous && patchPorts(previous.ports, claimChanges(changes))) ??
    checkPorts(claimantsOf(entries));
  for (const fault of ports.faults) faults.push(fault);
  for (const [service, hold] of ports.holds) holds.set(service, hold);
  const isSound = holds.size === 0 && previous?.holds.size === 0;
  const scopes = isSound ? patchScopes(previous.scopes, changes) : collectScopes(entries, holds);
  return { context, entries, ports, scopes, holds, faults };
}

interface Entries {
  readonly entries: ReadonlyMap<string, ServiceEntry>;
  /** By place, from the first service on that there is no room for. */
  readonly excess: readonly ObjectOf<'Service'>[];
  /** Names of entries that are not those of the run before. */
  readonly changed: readonly string[];
}

function resolveEntries(context: ServicesContext, previous: ServiceStage | undefined): Entries {
  const { index } = context;
  const all = [...objectsOf(index, 'Service').values()];
  const objects = all.filter((object) => holdOf(index, object) === undefined);
  const attempt = resolveInOrder(objects, context, previous);
  if (attempt.excess.length === 0) return attempt;
  // By place, so that it does not depend on the order of the table which services are too many.
  return resolveInOrder(objects.toSorted(byPlace), context, previous);
}

function resolveInOrder(
  objects: readonly ObjectOf<'Service'>[],
  context: ServicesContext,
  previous: ServiceStage | undefined,
): Entries {
  const sameNodes = previous !== undefined && isSamePlaces(previous.context, context);
  const sameUses = previous !== undefined && isSameUses(previous.context, context);
  const sameCalls = previous?.context.auth.calls === context.auth.calls;
  const entries = new Map<string, ServiceEntry>();
  const changed: string[] = [];
  let instances = 0;
  for (const [position, object] of objects.entries()) {
    const before = previous?.entries.get(object.name);
    const isSame = before?.unit.object === object;
    const isPlaced = isSame && sameNodes && !before.placement.volatile;
    const placement = isPlaced
      ? before.placement
      : placeService(object, context, before?.placement);
    instances += countInstances(placement);
    // What comes behind is not even placed: a small file may ask for millions.
    if (instances > instancesMax) return { entries, excess: objects.slice(position), changed };
    const isKept =
      isSame &&
      sameUses &&
      placement === before.placement &&
      !before.unit.volatile &&
      (sameCalls || before.unit.calls === context.auth.calls.get(object.name));
    const entry = isKept ? before : renderEntry(placement, context, before);
    if (entry !== before) changed.push(object.name);
    entries.set(object.name, entry);
  }
  return { entries, excess: [], changed };
}

function renderEntry(
  placement: PlacementUnit,
  context: ServicesContext,
  before: ServiceEntry | undefined,
): ServiceEntry {
  const unit = resolveService(placement, context, before?.unit);
  if (before?.placement === placement && before.unit === unit) return before;
  return { placement, unit, claims: claimsOf(placement, before) };
}

/** No node has changed, so a service that did not change itself stays where it is. */
function isSamePlaces(before: ServicesContext, now: ServicesContext): boolean {
  return before.nodes === now.nodes && before.dataCenters === now.dataCenters;
}

/** Nothing else that services use has changed, so one that did not change itself is as before. */
function isSameUses(before: ServicesContext, now: ServicesContext): boolean {
  return (
    before.templates === now.templates &&
    before.configs === now.configs &&
    before.topology === now.topology &&
    before.auth.around === now.auth.around &&
    before.cluster.defaults === now.cluster.defaults &&
    isSameHold(before.cluster.hold, now.cluster.hold)
  );
}

function countInstances({ outcome }: PlacementUnit): number {
  return outcome.ok ? outcome.value.length : 0;
}

function excessFault(object: ObjectOf<'Service'>): Fault {
  return {
    code: 'SPEC_TOO_MANY_INSTANCES',
    severity: 'error',
    message: `${object.name} brings the fleet to more than ${instancesMax} instances`,
    place: placeOf(object, '/spec/placement'),
    object: refOf(object),
  };
}

function claimsOf(
  placement: PlacementUnit,
  before: ServiceEntry | undefined,
): readonly PortClaim[] {
  if (before?.placement === placement) return before.claims;
  const placed = placement.outcome.ok ? placement.outcome.value : [];
  return claimPorts(placement.object, placed, before?.claims);
}

interface EntryChange {
  readonly name: string;
  readonly before: ServiceEntry | undefined;
  readonly now: ServiceEntry | undefined;
}

/** With the entries that are gone. */
function findChanges(
  entries: ReadonlyMap<string, ServiceEntry>,
  changed: readonly string[],
  previous: ServiceStage | undefined,
): readonly EntryChange[] {
  const changes: EntryChange[] = changed.map((name) => ({
    name,
    before: previous?.entries.get(name),
    now: entries.get(name),
  }));
  const added = changes.filter(({ before }) => before === undefined).length;
  const isAllThere = entries.size - added === previous?.entries.size;
  if (previous === undefined || isAllThere) return changes;
  for (const [name, before] of previous.entries) {
    if (!entries.has(name)) changes.push({ name, before, now: undefined });
  }
  return changes;
}

function claimChanges(changes: readonly EntryChange[]): readonly ClaimChange[] {
  return changes
    .map(({ name, before, now }) => ({
      name,
      before: before?.claims ?? [],
      now: now?.claims ?? [],
    }))
    .filter(({ before, now }) => before !== now);
}

/** For a run without holds, after one without holds. */
function patchScopes(
  previous: ReadonlyMap<ScopeId, DesiredScope>,
  changes: readonly EntryChange[],
): ReadonlyMap<ScopeId, DesiredScope> {
  if (changes.length === 0) return previous;
  const scopes = new Map(previous);
  for (const { before } of changes) for (const { scope } of scopesOf(before)) scopes.delete(scope);
  for (const { now } of changes) for (const scope of scopesOf(now)) scopes.set(scope.scope, scope);
  return scopes;
}

function scopesOf(entry: ServiceEntry | undefined): readonly DesiredScope[] {
  return entry?.unit.outcome.ok === true ? entry.unit.outcome.value : [];
}

function claimantsOf(entries: ReadonlyMap<string, ServiceEntry>) {
  return [...entries.values()].map(({ unit, claims }) => ({ object: unit.object, claims }));
}

function collectScopes(
  entries: ReadonlyMap<string, ServiceEntry>,
  holds: ReadonlyMap<string, Hold>,
): ReadonlyMap<ScopeId, DesiredScope> {
  const scopes = new Map<ScopeId, DesiredScope>();
  for (const [name, { unit }] of entries) {
    if (!unit.outcome.ok || (holds.size > 0 && holds.has(name))) continue;
    for (const scope of unit.outcome.value) scopes.set(scope.scope, scope);
  }
  return scopes;
}

/** How a service asks for nodes that it does not name. */
export function selectorsOf(entry: ServiceEntry): readonly NodeSelector[] {
  return entry.placement.object.value.spec.placement.flatMap(({ select }) =>
    select === undefined ? [] : [{ dataCenter: select.dataCenter, labels: select.labels ?? {} }],
  );
}
