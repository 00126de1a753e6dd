/** Each service with its placement, its unit and its ports; after another run, only what may differ is looked at. */

import type { ObjectOf } from '../kind-of.ts';
import { changedSince, seeKind, type SeenKind } from './kind-change.ts';
import { byPlace, isSameHold } from './outcome.ts';
import { placeService, type PlacementContext, type PlacementUnit } from './place-service.ts';
import { claimPorts, type PortClaim } from './port-claims.ts';
import { holdOf, objectsOf, soundObject } from './repository-index.ts';
import { resolveService, type ServiceContext, type ServiceUnit } from './service-unit.ts';

/** Instances of one cluster; a few lines of placement may ask for very many. */
export const instancesMax = 200_000;

export interface ServiceEntry {
  readonly placement: PlacementUnit;
  readonly unit: ServiceUnit;
  readonly claims: readonly PortClaim[];
}

export interface ServicesContext extends PlacementContext, ServiceContext {}

export interface ServiceEntries {
  readonly context: ServicesContext;
  readonly seen: SeenKind;
  readonly entries: ReadonlyMap<string, ServiceEntry>;
  /** Names of those that are held, have faults, or depend on more than they have seen. */
  readonly troubled: ReadonlySet<string>;
  readonly instances: number;
  /** By place, from the first service on that there is no room for. */
  readonly excess: readonly ObjectOf<'Service'>[];
  /** Names of entries that are not those of the run before, or are gone. */
  readonly changed: readonly string[];
}

export function resolveEntries(
  context: ServicesContext,
  previous: ServiceEntries | undefined,
): ServiceEntries {
  const patched = previous && patchEntries(context, previous);
  if (patched?.excess.length === 0) return patched;
  const { index } = context;
  const seen = seeKind(index, 'Service');
  const all = [...objectsOf(index, 'Service').values()];
  const objects = all.filter((object) => holdOf(index, object) === undefined);
  let draft: Draft = { entries: new Map(), troubled: new Set(), instances: 0 };
  let excess = fill(draft, objects, context, previous);
  if (excess.length > 0) {
    // By place, so that it does not depend on the order of the table which services are too many.
    draft = { entries: new Map(), troubled: new Set(), instances: 0 };
    excess = fill(draft, objects.toSorted(byPlace), context, previous);
  }
  const changed = changedKeys(previous?.entries ?? new Map(), draft.entries);
  return { context, seen, ...draft, excess, changed };
}

/** Undefined when any service may differ. */
function patchEntries(
  context: ServicesContext,
  previous: ServiceEntries,
): ServiceEntries | undefined {
  const { index } = context;
  const seen = seeKind(index, 'Service');
  const own = changedSince(previous.seen, seen);
  if (own === undefined || previous.excess.length > 0) return undefined;
  if (!isSamePlaces(previous.context, context) || !isSameUses(previous.context, context)) {
    return undefined;
  }
  const names = [...new Set([...own, ...previous.troubled, ...changedUsers(context, previous)])];
  const entries = new Map(previous.entries);
  const troubled = new Set(previous.troubled);
  let { instances } = previous;
  for (const name of names) {
    instances -= countInstances(entries.get(name)?.placement);
    entries.delete(name);
    troubled.delete(name);
  }
  const draft = { entries, troubled, instances };
  const objects = names.flatMap((name) => soundObject(index, 'Service', name) ?? []);
  const excess = fill(draft, objects, context, previous);
  const changed = names.filter((name) => entries.get(name) !== previous.entries.get(name));
  return { context, seen, ...draft, excess, changed };
}

/** Names of services whose Configs or keys are other ones, and names that are no services. */
function changedUsers(
  { auth, configs }: ServicesContext,
  { context: before, entries }: ServiceEntries,
): readonly string[] {
  const callers = changedKeys(before.auth.calls, auth.calls);
  const targets = changedKeys(before.configs.groups, configs.groups);
  const apps = new Set(targets.filter((target) => !target.includes('.')));
  if (apps.size === 0) return [...callers, ...targets];
  const ofApps = [...entries].filter(([, { unit }]) => apps.has(unit.app)).map(([name]) => name);
  return [...callers, ...targets, ...ofApps];
}

function changedKeys<T>(
  before: ReadonlyMap<string, T>,
  now: ReadonlyMap<string, T>,
): readonly string[] {
  if (before === now) return [];
  const gone = [...before.keys()].filter((key) => !now.has(key));
  const come = [...now.keys()].filter((key) => now.get(key) !== before.get(key));
  return [...gone, ...come];
}

interface Draft {
  readonly entries: Map<string, ServiceEntry>;
  readonly troubled: Set<string>;
  instances: number;
}

/** Adds the entries of `objects`; gives those back that there is no room for. */
function fill(
  draft: Draft,
  objects: readonly ObjectOf<'Service'>[],
  context: ServicesContext,
  previous: ServiceEntries | undefined,
): readonly ObjectOf<'Service'>[] {
  const sameNodes = previous !== undefined && isSamePlaces(previous.context, context);
  const sameUses =
    previous !== undefined &&
    isSameUses(previous.context, context) &&
    previous.context.configs === context.configs;
  const sameCalls = previous?.context.auth.calls === context.auth.calls;
  for (const [position, object] of objects.entries()) {
    const before = previous?.entries.get(object.name);
    const isSame = before?.unit.object === object;
    const isPlaced = isSame && sameNodes && !before.placement.volatile;
    const placement = isPlaced
      ? before.placement
      : placeService(object, context, before?.placement);
    draft.instances += countInstances(placement);
    // What comes behind is not even placed: a small file may ask for millions.
    if (draft.instances > instancesMax) return objects.slice(position);
    const isKept =
      isSame &&
      sameUses &&
      placement === before.placement &&
      !before.unit.volatile &&
      (sameCalls || before.unit.calls === context.auth.calls.get(object.name));
    const entry = isKept ? before : renderEntry(placement, context, before);
    draft.entries.set(object.name, entry);
    if (isTroubled(entry)) draft.troubled.add(object.name);
  }
  return [];
}

function isTroubled({ placement, unit }: ServiceEntry): boolean {
  const isTold = placement.faults.length > 0 || unit.faults.length > 0;
  return isTold || !unit.outcome.ok || placement.volatile || unit.volatile;
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

function claimsOf(
  placement: PlacementUnit,
  before: ServiceEntry | undefined,
): readonly PortClaim[] {
  if (before?.placement === placement) return before.claims;
  const placed = placement.outcome.ok ? placement.outcome.value : [];
  return claimPorts(placement.object, placed, before?.claims);
}

/** No node has changed, so a service that did not change itself stays where it is. */
function isSamePlaces(before: ServicesContext, now: ServicesContext): boolean {
  return before.nodes === now.nodes && before.dataCenters === now.dataCenters;
}

/** Nothing that all services use has changed but Configs and keys, of which each has its own. */
function isSameUses(before: ServicesContext, now: ServicesContext): boolean {
  return (
    before.templates === now.templates &&
    before.topology === now.topology &&
    before.auth.around === now.auth.around &&
    before.cluster.defaults === now.cluster.defaults &&
    isSameHold(before.cluster.hold, now.cluster.hold)
  );
}

function countInstances(placement: PlacementUnit | undefined): number {
  return placement?.outcome.ok === true ? placement.outcome.value.length : 0;
}
