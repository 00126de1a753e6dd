/** All services: placed, rendered, and checked against each other. */

import type { DesiredScope, ScopeId } from '../desired-state.ts';
import type { Fault } from '../fault.ts';
import type { ObjectOf } from '../kind-of.ts';
import { placeOf, refOf, type Hold } from './outcome.ts';
import { checkPorts, patchPorts, type ClaimChange, type PortStage } from './port-claims.ts';
import type { NodeSelector } from './resolved.ts';
import {
  instancesMax,
  resolveEntries,
  type ServiceEntries,
  type ServiceEntry,
  type ServicesContext,
} from './service-entries.ts';

export interface ServiceStage extends ServiceEntries {
  readonly ports: PortStage;
  readonly scopes: ReadonlyMap<ScopeId, DesiredScope>;
  /** By service. */
  readonly holds: ReadonlyMap<string, Hold>;
  readonly faults: readonly Fault[];
}

export function resolveServices(
  context: ServicesContext,
  previous: ServiceStage | undefined,
): ServiceStage {
  const now = resolveEntries(context, previous);
  const faults: Fault[] = [];
  const holds = new Map<string, Hold>();
  const [tooMany] = now.excess;
  if (tooMany !== undefined) {
    const fault = excessFault(tooMany);
    const { code, message } = fault;
    faults.push(fault);
    for (const { name } of now.excess) holds.set(name, { code, message, root: refOf(tooMany) });
  }
  for (const name of now.troubled) {
    const entry = now.entries.get(name);
    for (const fault of entry?.placement.faults ?? []) faults.push(fault);
    for (const fault of entry?.unit.faults ?? []) faults.push(fault);
    if (entry?.unit.outcome.ok === false) holds.set(name, entry.unit.outcome.hold);
  }
  const ports =
    (previous && patchPorts(previous.ports, claimChanges(now, previous))) ??
    checkPorts(claimantsOf(now.entries));
  for (const fault of ports.faults) faults.push(fault);
  for (const [service, hold] of ports.holds) holds.set(service, hold);
  return { ...now, ports, scopes: patchScopes(now, holds, previous), holds, faults };
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

function claimChanges(
  { changed, entries }: ServiceEntries,
  previous: ServiceStage,
): readonly ClaimChange[] {
  return changed
    .map((name) => ({
      name,
      before: previous.entries.get(name)?.claims ?? [],
      now: entries.get(name)?.claims ?? [],
    }))
    .filter(({ before, now }) => before !== now);
}

/** Services that are held, or were, are as good as changed. */
function patchScopes(
  { changed, entries }: ServiceEntries,
  holds: ReadonlyMap<string, Hold>,
  previous: ServiceStage | undefined,
): ReadonlyMap<ScopeId, DesiredScope> {
  const names = new Set([...changed, ...holds.keys(), ...(previous?.holds.keys() ?? [])]);
  const scopes = new Map(previous?.scopes);
  for (const name of names) {
    for (const { scope } of scopesOf(previous?.entries.get(name))) scopes.delete(scope);
  }
  for (const name of names) {
    if (holds.has(name)) continue;
    for (const scope of scopesOf(entries.get(name))) scopes.set(scope.scope, scope);
  }
  return scopes;
}

function scopesOf(entry: ServiceEntry | undefined): readonly DesiredScope[] {
  return entry?.unit.outcome.ok === true ? entry.unit.outcome.value : [];
}

function claimantsOf(entries: ReadonlyMap<string, ServiceEntry>) {
  return [...entries.values()].map(({ unit, claims }) => ({ object: unit.object, claims }));
}

/** How a service asks for nodes that it does not name. */
export function selectorsOf(entry: ServiceEntry): readonly NodeSelector[] {
  return entry.placement.object.value.spec.placement.flatMap(({ select }) =>
    select === undefined ? [] : [{ dataCenter: select.dataCenter, labels: select.labels ?? {} }],
  );
}
