/** Makes the objects of a repository into the desired state, and tells what holds back what. */

import { assert } from '../../errors/assert.ts';
import type { HeldObject } from '../desired-state.ts';
import type { Hold } from './outcome.ts';
import { findServices } from './known-services.ts';
import { buildIndex } from './patch-index.ts';
import { findPlacedSets } from './placed-sets.ts';
import type { RepositoryIndex } from './repository-index.ts';
import { resolveAuth } from './resolve-auth.ts';
import { resolveCluster } from './resolve-cluster.ts';
import { resolveConfigs } from './resolve-configs.ts';
import { resolveDataCenters } from './resolve-data-centers.ts';
import type { ResolveMemo } from './resolve-memo.ts';
import { resolveNodes } from './resolve-nodes.ts';
import { resolveSecrets } from './resolve-secrets.ts';
import { resolveServices } from './resolve-services.ts';
import { isUnreplaced, resolveTemplates } from './resolve-templates.ts';
import { resolveTopology } from './resolve-topology.ts';
import type { ResolveInput, Resolved } from './resolved.ts';
import { openSelections } from './select-nodes.ts';
import { openSuggestions } from './suggestions.ts';
import { sortFaults } from './sort-faults.ts';
import { findUnusedAppConfigs } from './unused-app-configs.ts';

/**
 * Never throws for what stands in a repository. Without `previous` the result is the same; with it,
 * only what changed, and what depends on that, is made anew, and the rest keeps its identity.
 */
export function resolveRepository(input: ResolveInput): Resolved {
  const index = buildIndex(input.files, input.previous?.memo.index);
  const memo = runStages(index, input);
  const { cluster, dataCenters, topology, nodes, services } = memo;
  const between = stagesOf(memo).flatMap(({ faults }) => faults);
  return {
    desired: {
      cluster: cluster.cluster,
      topology: topology.topology,
      dataCenters: dataCenters.desired,
      nodes: nodes.desired,
      scopes: services.scopes,
    },
    faults: sortFaults([...index.trouble.faults, ...between]),
    held: collectHeld(index, memo),
    objectCount: index.objectCount,
    unreadable: index.trouble.unreadable,
    memo,
  };
}

function stagesOf(memo: ResolveMemo) {
  const { cluster, dataCenters, topology, nodes, templates, configs, unused } = memo;
  const { secrets, auth, services } = memo;
  return [
    cluster,
    dataCenters,
    topology,
    nodes,
    templates,
    configs,
    unused,
    secrets,
    auth,
    services,
  ];
}

function runStages(index: RepositoryIndex, input: ResolveInput): ResolveMemo {
  const before = input.previous?.memo;
  const suggest = openSuggestions();
  const { readText, hash } = input;
  const cluster = resolveCluster(index, before?.cluster);
  const dataCenters = resolveDataCenters(index, before?.dataCenters);
  const topology = resolveTopology(index, suggest, before?.topology);
  const nodes = resolveNodes(index, dataCenters, suggest, before?.nodes);
  const selections = openSelections(nodes, before?.selections);
  const templates = resolveTemplates(index, { readText, suggest }, before?.templates);
  const known = findServices(index, before?.known);
  const { names } = known;
  const common = { index, services: names, suggest };
  const configs = resolveConfigs({ ...common, nodes, readText }, before?.configs);
  const placed = findPlacedSets(index, before?.placed);
  const unused = findUnusedAppConfigs({ index, configs, services: known, placed }, before?.unused);
  const secrets = resolveSecrets(index, { services: names, suggest }, before?.secrets);
  const auth = resolveAuth({ ...common, secrets }, before?.auth);
  const context = {
    index,
    nodes,
    dataCenters: dataCenters.outcomes,
    selections,
    cluster,
    templates,
    configs,
    topology,
    auth,
    suggest,
    hash,
  };
  const services = resolveServices(context, before?.services);
  return {
    index,
    cluster,
    dataCenters,
    topology,
    nodes,
    selections,
    templates,
    known,
    configs,
    placed,
    unused,
    secrets,
    auth,
    services,
  };
}

/** Documents that their own file or name holds, then those that a stage found something against. */
function collectHeld(index: RepositoryIndex, memo: ResolveMemo): readonly HeldObject[] {
  const holds = new Map(index.trouble.holds);
  const add = (key: string, hold: Hold | undefined) => {
    if (hold !== undefined && !holds.has(key)) holds.set(key, hold);
  };
  const { cluster, dataCenters, topology, nodes, templates, configs, services } = memo;
  add(`Cluster/${cluster.hold?.root.name}`, cluster.hold);
  for (const [name, outcome] of dataCenters.outcomes) {
    if (!outcome.ok) add(`DataCenter/${name}`, outcome.hold);
  }
  for (const [key, hold] of topology.holds) add(key, hold);
  for (const [key, hold] of nodes.holds) add(key, hold);
  for (const [name, outcome] of templates.outcomes) {
    if (!outcome.ok && !isUnreplaced(name, index)) add(`Template/${name}`, outcome.hold);
  }
  for (const [name, hold] of configs.holds) add(`Config/${name}`, hold);
  for (const [name, hold] of services.holds) add(`Service/${name}`, hold);
  return [...holds.keys()].toSorted().map((key) => heldObject(key, holds.get(key)));
}

function heldObject(key: string, hold: Hold | undefined): HeldObject {
  assert(hold !== undefined, 'a held object has a reason');
  const slash = key.indexOf('/');
  const object = { kind: key.slice(0, slash), name: key.slice(slash + 1) };
  const { code: reason, message, root } = hold;
  const own = root.kind === object.kind && root.name === object.name;
  if (own) return { object, reason, message };
  const waits = `it waits for ${root.kind} ${root.name}: ${message}`;
  return { object, reason, message: waits, because: root };
}
