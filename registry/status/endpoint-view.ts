/** Where services answer, and whether callers are sent there. */

import type { InstanceId } from '../../spec/desired-state.ts';
import { inactiveReason } from '../endpoints.ts';
import { nodeOfInstance, serviceOfInstance } from '../instance-id.ts';
import type { RegistryState } from '../model.ts';
import { scopeOfInstance } from './instance-lookup.ts';
import { nodeEvidence } from './node-evidence.ts';
import type { EndpointResource } from './resources.ts';
import type { StatusInput } from './status-input.ts';

/** `App.Server@node/Servant`: one instance offers a servant once. */
export function endpointKey({
  instance,
  servant,
}: Pick<EndpointResource, 'instance' | 'servant'>): string {
  return `${instance}/${servant}`;
}

/** Of every endpoint that an agent reported. Sorted. */
export function endpointKeys({ observed }: RegistryState): readonly string[] {
  const keys: string[] = [];
  for (const { instance, endpoints } of observed.values()) {
    for (const { servant } of endpoints) keys.push(endpointKey({ instance, servant }));
  }
  return keys.toSorted();
}

export function endpointView(input: StatusInput, key: string): EndpointResource | undefined {
  const slash = key.lastIndexOf('/');
  const instance: InstanceId = key.slice(0, slash);
  const endpoints = input.state.observed.get(instance)?.endpoints ?? [];
  const endpoint = endpoints.find(({ servant }) => servant === key.slice(slash + 1));
  if (endpoint === undefined) return undefined;
  const node = nodeOfInstance(instance);
  const scope = scopeOfInstance(input.state, instance);
  const { evidenceAt } = nodeEvidence(input, node);
  const reason = inactiveReason(input.state, instance);
  return {
    ...endpoint,
    instance,
    service: serviceOfInstance(instance),
    node,
    dataCenter: scope.slice(0, scope.indexOf('/')),
    active: reason === undefined,
    reason: reason ?? 'Active',
    ...(evidenceAt !== undefined && { evidenceAt }),
  };
}
