/** The whole fleet on one screen: numbers, source, problems, services, nodes. */

import { clusterView } from './cluster-view.ts';
import { allScopes, askedByNode } from './instance-lookup.ts';
import { allNodes, nodeView } from './node-view.ts';
import { problemsOf } from './problems.ts';
import type { NodeResource, ServiceResource, StatusResource } from './resources.ts';
import { serviceView } from './service-view.ts';
import { sourceView } from './source-view.ts';
import type { StatusInput } from './status-input.ts';

export function statusView(input: StatusInput): StatusResource {
  const services = serviceViews(input);
  const nodes = nodeViews(input);
  const source = sourceView(input);
  return {
    cluster: clusterView(input, services, nodes),
    source,
    problems: problemsOf({ source, faults: input.facts.faults, services, nodes }),
    services,
    nodes,
  };
}

function serviceViews(input: StatusInput): readonly ServiceResource[] {
  return allScopes(input.state).flatMap((scope) => serviceView(input, scope) ?? []);
}

function nodeViews(input: StatusInput): readonly NodeResource[] {
  const asked = askedByNode(input.state);
  return allNodes(input.state).flatMap((name) => nodeView(input, name, asked) ?? []);
}
