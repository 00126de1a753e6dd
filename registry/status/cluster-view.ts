/** The fleet in numbers, and whether anything in it needs attention. */

import { leaderLease } from '../leader-lease.ts';
import type { RegistryState } from '../model.ts';
import { isFine } from './is-fine.ts';
import type {
  ClusterResource,
  Condition,
  Counts,
  ServiceResource,
  StatusResource,
} from './resources.ts';
import { rebuildCondition } from './rebuild-view.ts';
import { sourceView } from './source-view.ts';
import type { StatusInput } from './status-input.ts';

type FleetParts = Pick<StatusResource, 'services' | 'nodes' | 'problems'>;

export function clusterView(input: StatusInput, parts: FleetParts): ClusterResource {
  const { state, facts } = input;
  const counts = countAll(input, parts);
  const rebuild = rebuildCondition(input);
  return {
    name: state.cluster?.name ?? 'unnamed',
    version: facts.controller.version,
    startedAt: facts.controller.startedAt,
    ...controllersOf(input),
    dataCenters: dataCentersOf(state),
    counts,
    conditions: [ready(counts), ...(rebuild ? [rebuild] : []), ...sourceView(input).conditions],
  };
}

function controllersOf({ state, facts }: StatusInput) {
  const { name } = facts.controller;
  if (name === undefined) return {};
  const isLed = state.leases.leases.has(leaderLease);
  const leader = isLed ? state.leader?.controller : undefined;
  // The lease of one that is gone stays until another one can write.
  const isSilent = (facts.silentControllers ?? []).some((one) => one.name === leader);
  if (isSilent) return { controller: name };
  return { controller: name, ...(leader !== undefined && { leader }) };
}

function dataCentersOf(state: RegistryState): readonly string[] {
  return [...new Set([...state.nodes.values()].map(({ dataCenter }) => dataCenter))].toSorted();
}

function countAll({ facts }: StatusInput, { services, nodes, problems }: FleetParts): Counts {
  const sum = (pick: (service: ServiceResource) => number) =>
    services.reduce((total, service) => total + pick(service), 0);
  return {
    nodes: {
      total: nodes.length,
      alive: nodes.filter(({ state }) => state === 'Alive').length,
    },
    services: { total: services.length, fine: services.filter(isFine).length },
    instances: {
      total: sum(({ instances }) => instances.total),
      ready: sum(({ instances }) => instances.ready),
      stopped: sum(({ instances, state }) => (state === 'stopped' ? instances.total : 0)),
      unknown: sum(({ instances }) => instances.unknown),
    },
    faults: facts.faults.length,
    problems: problems.length,
  };
}

function ready(counts: Counts): Condition {
  const type = 'Ready';
  const { services, nodes, instances } = counts;
  if (services.total === 0 && nodes.total === 0) {
    return { type, status: 'Unknown', reason: 'Empty', message: 'Git asks for nothing yet.' };
  }
  const open = services.total - services.fine;
  if (open === 0 && nodes.alive === nodes.total) {
    const message = `All ${services.total} services are as Git asks.`;
    return { type, status: 'True', reason: 'AllFine', message };
  }
  const message = `${open} of ${services.total} services are not as Git asks; ${nodes.total - nodes.alive} of ${nodes.total} nodes are not heard.`;
  const blind = instances.unknown > 0 && instances.unknown === instances.total;
  return { type, status: blind ? 'Unknown' : 'False', reason: 'NotFine', message };
}
