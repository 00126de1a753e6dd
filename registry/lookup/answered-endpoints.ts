/** The endpoints of an object as callers see them: with their groups, sorted, each address once. */

import { compareText } from '../compare-text.ts';
import { noGroup } from './group-rules.ts';
import type { AnsweredEndpoint, LookupEndpoint, LookupObject } from './lookup-model.ts';
import type { LookupTopology } from './lookup-topology.ts';

export function answeredEndpoints(
  { endpoints }: LookupObject,
  topology: LookupTopology,
): readonly AnsweredEndpoint[] {
  const weighted = new Set(endpoints.map(({ weight }) => weight)).size > 1;
  return endpoints
    .toSorted(compareEndpoints)
    .filter((endpoint, index, sorted) => !isSameAddress(endpoint, sorted[index - 1]))
    .map((endpoint) => ({ ...endpoint, ...groupsOf(endpoint, topology), weighted }));
}

function groupsOf(endpoint: LookupEndpoint, topology: LookupTopology) {
  const { grouped, group, host } = endpoint;
  const groupRealId = group === undefined ? topology.groupOf(host) : topology.groupNamed(group);
  return { groupRealId, groupWorkId: grouped ? groupRealId : noGroup };
}

/** Of two instances that claim one address, the active one holds it. */
function compareEndpoints(left: LookupEndpoint, right: LookupEndpoint): number {
  return (
    compareText(left.host, right.host) ||
    left.port - right.port ||
    compareText(left.transport, right.transport) ||
    Number(right.active) - Number(left.active) ||
    compareText(left.instance, right.instance)
  );
}

function isSameAddress(endpoint: LookupEndpoint, previous: LookupEndpoint | undefined): boolean {
  return (
    endpoint.port !== 0 &&
    previous?.host === endpoint.host &&
    previous.port === endpoint.port &&
    previous.transport === endpoint.transport
  );
}
