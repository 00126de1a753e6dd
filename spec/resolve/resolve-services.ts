/** All services: placed, rendered, and checked against each other. */

import type { DesiredScope, ScopeId } from '../desired-state.ts';
import type { Fault } from '../fault.ts';
import { placeOf, refOf, type Hold } from './outcome.ts';
import { placeService, type PlacementContext, type PlacementUnit } from './place-service.ts';
import { checkPorts, claimPorts, type PortClaim, type PortStage } from './port-claims.ts';
import type { NodeSelector } from './resolved.ts';
import { holdOf, objectsOf } from './repository-index.ts';
import { resolveService, type ServiceContext, type ServiceUnit } from './service-unit.ts';

/** Instances of one cluster; a few lines of placement may ask for very many. */
const instancesMax = 500_000;

export interface ServiceEntry {
  readonly placement: PlacementUnit;
  readonly unit: ServiceUnit;
  readonly claims: readonly PortClaim[];
}

export interface ServiceStage {
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
  const holds = new Map<string, Hold>();
  const faults: Fault[] = [];
  const entries = new Map<string, ServiceEntry>();
  const budget = { left: instancesMax };
  for (const object of objectsOf(context.index, 'Service').values()) {
    if (holdOf(context.index, object) !== undefined) continue;
    const before = previous?.entries.get(object.name);
    const placement = placeService(object, context, before?.placement);
    faults.push(...placement.faults);
    const excess = takeInstances(placement, budget);
    if (excess !== undefined) {
      faults.push(excess);
      holds.set(object.name, holdBy(excess, placement));
      continue;
    }
    const unit = resolveService(placement, context, before?.unit);
    faults.push(...unit.faults);
    if (!unit.outcome.ok) holds.set(object.name, unit.outcome.hold);
    entries.set(object.name, { placement, unit, claims: claimsOf(placement, before) });
  }
  const claimants = [...entries.values()].map(({ unit, claims }) => ({
    object: unit.object,
    claims,
  }));
  const ports = checkPorts(claimants, previous?.ports);
  faults.push(...ports.faults);
  for (const [service, hold] of ports.holds) holds.set(service, hold);
  return { entries, ports, scopes: collectScopes(entries, holds), holds, faults };
}

function claimsOf(
  placement: PlacementUnit,
  before: ServiceEntry | undefined,
): readonly PortClaim[] {
  if (before?.placement === placement) return before.claims;
  const placed = placement.outcome.ok ? placement.outcome.value : [];
  return claimPorts(placement.object, placed, before?.claims);
}

function takeInstances(placement: PlacementUnit, budget: { left: number }): Fault | undefined {
  const count = placement.outcome.ok ? placement.outcome.value.length : 0;
  if (count <= budget.left) {
    budget.left -= count;
    return undefined;
  }
  const { object } = placement;
  return {
    code: 'SPEC_TOO_MANY_INSTANCES',
    severity: 'error',
    message: `${object.name} brings the fleet to more than ${instancesMax} instances`,
    place: placeOf(object, '/spec/placement'),
    object: refOf(object),
  };
}

function holdBy({ code, message }: Fault, { object }: PlacementUnit): Hold {
  return { code, message, root: refOf(object) };
}

function collectScopes(
  entries: ReadonlyMap<string, ServiceEntry>,
  holds: ReadonlyMap<string, Hold>,
): ReadonlyMap<ScopeId, DesiredScope> {
  const scopes = new Map<ScopeId, DesiredScope>();
  for (const [name, { unit }] of entries) {
    if (holds.has(name) || !unit.outcome.ok) continue;
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
