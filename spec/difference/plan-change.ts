/** Compares what is in force with what is asked for. Both sides are plain data; order does not count. */

import { noTopology, type DesiredCluster, type DesiredNode } from '../desired-state.ts';
import { digestOf } from '../resolve/digest.ts';
import type { InForce } from '../resolve/resolved.ts';
import { compareFields } from './compare-fields.ts';
import { addScope, changeScope, removeScope } from './compare-scopes.ts';
import { compareTopologies } from './compare-topology.ts';
import type { FieldChange, ObjectChange, Plan, PlanSummary, ScopeChange } from './plan.ts';

type Hash = (text: string) => string;
type Next = Pick<InForce, 'nodes' | 'scopes' | 'topology'> & { readonly cluster: DesiredCluster };

/** Cheap where nothing changed: scopes are compared by digest, nodes by identity first. */
export function planChange(inForce: InForce, next: Next, hash: Hash): Plan {
  const scopes = compareAllScopes(inForce, next, hash);
  const objects = [
    ...compareClusters(inForce.cluster, next.cluster),
    ...compareAllNodes(inForce.nodes, next.nodes),
    ...compareTopologies(inForce.topology, next.topology),
  ];
  const { groups, stations } = next.topology ?? noTopology;
  const total = next.scopes.size + next.nodes.size + groups.length + stations.length + 1;
  const summary = summarize(scopes, objects, total);
  const digest = digestOf({ scopes: scopes.map(({ planDigest }) => planDigest), objects }, hash);
  return { scopes, objects, summary, digest };
}

function compareAllScopes(inForce: InForce, next: Next, hash: Hash): ScopeChange[] {
  const changes: ScopeChange[] = [];
  for (const [id, to] of next.scopes) {
    const from = inForce.scopes.get(id);
    if (from === undefined) changes.push(addScope(to, hash));
    else if (from.digest !== to.digest) changes.push(changeScope(from, to, hash));
  }
  for (const [id, from] of inForce.scopes) {
    if (!next.scopes.has(id)) changes.push(removeScope(from, hash));
  }
  return changes.toSorted((left, right) => (left.scope < right.scope ? -1 : 1));
}

function compareAllNodes(
  inForce: ReadonlyMap<string, DesiredNode>,
  next: ReadonlyMap<string, DesiredNode>,
): ObjectChange[] {
  const changes: ObjectChange[] = [];
  for (const [name, to] of next) {
    const from = inForce.get(name);
    if (from === to) continue;
    const { dataCenter } = to;
    if (from === undefined) changes.push(nodeChange('add', name, dataCenter, []));
    else {
      const fields = compareNodes(from, to);
      if (fields.length > 0) changes.push(nodeChange('change', name, dataCenter, fields));
    }
  }
  for (const [name, { dataCenter }] of inForce) {
    if (!next.has(name)) changes.push(nodeChange('remove', name, dataCenter, []));
  }
  return changes.toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

function nodeChange(
  action: ObjectChange['action'],
  name: string,
  dataCenter: string,
  fields: readonly FieldChange[],
): ObjectChange {
  return { action, kind: 'Node', name, dataCenter, fields };
}

/** Where a node is written is no change; which address comes first is one. */
function compareNodes(from: DesiredNode, to: DesiredNode): FieldChange[] {
  const { origin: _from, nodeSet: _fromSet, ...before } = from;
  const { origin: _to, nodeSet: _toSet, ...after } = to;
  const [oldFirst] = Object.keys(before.addresses);
  const [newFirst] = Object.keys(after.addresses);
  return [...compareFields(before, after), ...compareFields(oldFirst, newFirst, 'addresses[0]')];
}

/** The first cluster is no change: there was nothing to compare with. */
function compareClusters(from: DesiredCluster | undefined, to: DesiredCluster): ObjectChange[] {
  if (from === undefined) return [];
  const { origin: _from, ...before } = from;
  const { origin: _to, ...after } = to;
  const fields = compareFields(before, after);
  return fields.length === 0 ? [] : [{ action: 'change', kind: 'Cluster', name: to.name, fields }];
}

function summarize(
  scopes: readonly ScopeChange[],
  objects: readonly ObjectChange[],
  total: number,
): PlanSummary {
  const counts = { add: 0, change: 0, remove: 0 };
  for (const { action } of [...scopes, ...objects]) counts[action] += 1;
  const nodes = new Set<string>();
  const dataCenters = new Set<string>();
  let [starts, restarts, reloads, stops] = [0, 0, 0, 0];
  for (const { instances, dataCenter } of scopes) {
    const touched = [...instances.started, ...instances.restarted, ...instances.stopped];
    for (const node of touched) nodes.add(node);
    if (touched.length > 0) dataCenters.add(dataCenter);
    starts += instances.started.length;
    restarts += instances.restarted.length;
    reloads += instances.reloaded.length;
    stops += instances.stopped.length;
  }
  return {
    ...counts,
    unchanged: total - counts.add - counts.change,
    starts,
    restarts,
    reloads,
    stops,
    nodes: nodes.size,
    dataCenters: dataCenters.size,
  };
}
