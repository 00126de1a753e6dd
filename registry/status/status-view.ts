/** The whole fleet on one screen: numbers, source, problems, services, nodes. */

import { clusterView } from './cluster-view.ts';
import { allScopes, askedByNode } from './instance-lookup.ts';
import { isFine } from './is-fine.ts';
import { allNodes, nodeView } from './node-view.ts';
import { problemsOf } from './problems.ts';
import { rebuildCondition } from './rebuild-view.ts';
import type { NodeResource, ServiceResource, StatusResource } from './resources.ts';
import { serviceView } from './service-view.ts';
import { sourceView } from './source-view.ts';
import type { StatusInput } from './status-input.ts';

/** More rows than this are for lists, which have pages. */
const rowsMax = 500;

/** Of a large fleet what is not fine, filled up with the rest; the counts speak for all. */
export function statusView(input: StatusInput): StatusResource {
  const fleet = fleetView(input);
  return {
    ...fleet,
    problems: fleet.problems.slice(0, rowsMax),
    services: bounded(fleet.services, isFine),
    nodes: bounded(fleet.nodes, ({ state }) => state === 'Alive'),
  };
}

/** Everything, however large. */
export function fleetView(input: StatusInput): StatusResource {
  const services = serviceViews(input);
  const nodes = nodeViews(input);
  const source = sourceView(input);
  const { faults } = input.facts;
  const rebuild = rebuildCondition(input);
  const problems = problemsOf({
    source,
    faults,
    services,
    nodes,
    rebuild,
    silentControllers: input.facts.silentControllers ?? [],
  });
  const cluster = clusterView(input, { services, nodes, problems });
  return { cluster, source, problems, services, nodes };
}

function bounded<Row>(rows: readonly Row[], fine: (row: Row) => boolean): readonly Row[] {
  if (rows.length <= rowsMax) return rows;
  const kept = new Set(
    [...rows.filter((row) => !fine(row)), ...rows.filter(fine)].slice(0, rowsMax),
  );
  return rows.filter((row) => kept.has(row));
}

function serviceViews(input: StatusInput): readonly ServiceResource[] {
  return allScopes(input.state).flatMap((scope) => serviceView(input, scope) ?? []);
}

function nodeViews(input: StatusInput): readonly NodeResource[] {
  const asked = askedByNode(input.state);
  return allNodes(input.state).flatMap((name) => nodeView(input, name, asked) ?? []);
}
