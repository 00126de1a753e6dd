/** Where a service answers: its endpoints, each active or with the reason why it is not. */

import type { InstanceId } from '../spec/desired-state.ts';
import { compareText } from './compare-text.ts';
import { indexesOf, instancesAt } from './indexes.ts';
import { nodeOfInstance, serviceOfInstance } from './instance-id.ts';
import type { InstanceEndpoint, RegistryState } from './model.ts';

/** `Leaving`: not asked for any more, the agent takes the instance down. */
export type InactiveReason = 'NodeLost' | 'NodeUnknown' | 'Leaving' | 'NotRunning';

export interface ServiceEndpoint extends InstanceEndpoint {
  readonly instance: InstanceId;
  readonly node: string;
  readonly active: boolean;
  /** Set exactly when the endpoint is not active. */
  readonly reason?: InactiveReason;
}

/** What is not known to run is never active. */
export function inactiveReason(
  state: RegistryState,
  instance: InstanceId,
): InactiveReason | undefined {
  const session = state.sessions.get(nodeOfInstance(instance));
  if (session === undefined) return 'NodeUnknown';
  if (session.state === 'lost') return 'NodeLost';
  if (state.observed.get(instance)?.phase !== 'running') return 'NotRunning';
  const target = state.targets.get(instance);
  // A registry that began anew has told nobody yet what Git asks for, and it runs all the same.
  const wanted = target?.state ?? desiredState(state, instance);
  return wanted === 'running' ? undefined : 'Leaving';
}

function desiredState(
  { nodes, scopes }: RegistryState,
  instance: InstanceId,
): 'running' | 'stopped' | undefined {
  const dataCenter = nodes.get(nodeOfInstance(instance))?.dataCenter;
  const desired = scopes.get(`${dataCenter}/${serviceOfInstance(instance)}`)?.desired;
  const isAsked = desired?.instances.some((asked) => asked.instance === instance) === true;
  return isAsked ? desired.state : undefined;
}

/** Sorted by servant, then instance. A service without instances has none. */
export function endpointsOfService(
  state: RegistryState,
  service: string,
): readonly ServiceEndpoint[] {
  const instances = instancesAt(indexesOf(state).observedByService, service);
  return [...instances]
    .flatMap((instance) => endpointsOfInstance(state, instance))
    .toSorted(
      (left, right) =>
        compareText(left.servant, right.servant) || compareText(left.instance, right.instance),
    );
}

/** `servant` without the service's name: `CartObj`. */
export function endpointsOfServant(
  state: RegistryState,
  service: string,
  servant: string,
): readonly ServiceEndpoint[] {
  return endpointsOfService(state, service).filter((endpoint) => endpoint.servant === servant);
}

function endpointsOfInstance(state: RegistryState, instance: InstanceId): ServiceEndpoint[] {
  const reason = inactiveReason(state, instance);
  const node = nodeOfInstance(instance);
  const rest = { instance, node, active: reason === undefined };
  const endpoints = state.observed.get(instance)?.endpoints ?? [];
  return endpoints.map((endpoint) => ({
    ...endpoint,
    ...rest,
    ...(reason === undefined ? {} : { reason }),
  }));
}
