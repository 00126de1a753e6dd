/** Where services answer, and whether callers are sent there. */

import { endpointsOfService } from '../endpoints.ts';
import { indexesOf } from '../indexes.ts';
import { nodeEvidence } from './node-evidence.ts';
import { scopeOfInstance } from './instance-lookup.ts';
import type { EndpointResource } from './resources.ts';
import type { StatusInput } from './status-input.ts';

/** All endpoints of one service (`App.Server`), sorted by servant and instance. */
export function endpointViews(input: StatusInput, service: string): readonly EndpointResource[] {
  return endpointsOfService(input.state, service).map((endpoint) => {
    const { reason, ...rest } = endpoint;
    const scope = scopeOfInstance(input.state, endpoint.instance);
    const { evidenceAt } = nodeEvidence(input, endpoint.node);
    return {
      ...rest,
      service,
      dataCenter: scope.slice(0, scope.indexOf('/')),
      reason: reason ?? 'Active',
      ...(evidenceAt !== undefined && { evidenceAt }),
    };
  });
}

/** Services of which an instance is reported. Sorted. */
export function servicesWithEndpoints({ state }: StatusInput): readonly string[] {
  return [...indexesOf(state).observedByService.keys()].toSorted();
}
