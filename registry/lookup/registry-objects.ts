/** The objects that services offer, as lookups see them, from what the registry holds. */

import type {
  DesiredNode,
  GroupingSpec,
  InstanceId,
  InstanceRevision,
  ServantSpec,
} from '../../spec/desired-state.ts';
import { compareText } from '../compare-text.ts';
import { isEveryAddress } from '../../tars/endpoint/every-address.ts';
import { inactiveReason } from '../endpoints.ts';
import { indexesOf, instancesAt } from '../indexes.ts';
import { nodeOfInstance, serviceOfInstance } from '../instance-id.ts';
import type { InstanceEndpoint, RegistryState } from '../model.ts';
import type { LookupEndpoint, LookupObject } from './lookup-model.ts';

/** Of an instance whose servant nobody describes any more. */
const unknownTimeoutMs = 60_000;

/** Sorted by name. What is asked for and has no instance yet is there, without endpoints. */
export function objectsOfService(state: RegistryState, service: string): readonly LookupObject[] {
  const { scopesByService, targetsByService, observedByService } = indexesOf(state);
  const byServant = new Map<string, LookupEndpoint[]>();
  for (const scope of scopesByService.get(service) ?? []) {
    const revisions = state.scopes.get(scope)?.desired.revisions ?? {};
    for (const { servants } of Object.values(revisions)) {
      for (const { name } of servants) if (!byServant.has(name)) byServant.set(name, []);
    }
  }
  const instances = new Set([
    ...instancesAt(targetsByService, service),
    ...instancesAt(observedByService, service),
  ]);
  for (const instance of instances) {
    for (const [servant, endpoints] of endpointsOfInstance(state, instance)) {
      const known = byServant.get(servant);
      if (known === undefined) byServant.set(servant, [...endpoints]);
      else known.push(...endpoints);
    }
  }
  return [...byServant]
    .map(([servant, endpoints]) => ({
      name: `${service}.${servant}`,
      endpoints: endpoints.toSorted(compareEndpoints),
    }))
    .toSorted((left, right) => compareText(left.name, right.name));
}

/** `undefined`: nobody knows of such an object. */
export function objectNamed(state: RegistryState, name: string): LookupObject | undefined {
  const service = name.slice(0, Math.max(name.lastIndexOf('.'), 0));
  return objectsOfService(state, service).find((object) => object.name === name);
}

interface Offer {
  readonly instance: InstanceId;
  readonly node: DesiredNode | undefined;
  readonly active: boolean;
  readonly content: InstanceRevision | undefined;
  readonly grouping: GroupingSpec | undefined;
}

type Endpoints = [servant: string, endpoints: readonly LookupEndpoint[]][];

function endpointsOfInstance(state: RegistryState, instance: InstanceId): Endpoints {
  const observed = state.observed.get(instance)?.endpoints ?? [];
  const offer = offerOf(state, instance);
  const silent = (offer.content?.servants ?? []).filter(
    ({ name }) => !observed.some(({ servant }) => servant === name),
  );
  return [
    ...observed.map((endpoint): Endpoints[number] => [
      endpoint.servant,
      observedEndpoints(offer, endpoint),
    ]),
    ...silent.map((servant): Endpoints[number] => [servant.name, [silentEndpoint(offer, servant)]]),
  ];
}

function offerOf(state: RegistryState, instance: InstanceId): Offer {
  const target = state.targets.get(instance);
  const node = state.nodes.get(nodeOfInstance(instance));
  const scope = target?.scope ?? `${node?.dataCenter}/${serviceOfInstance(instance)}`;
  const desired = state.scopes.get(scope)?.desired;
  const running = state.observed.get(instance)?.revision;
  return {
    instance,
    node,
    active: inactiveReason(state, instance) === undefined,
    // One that leaves has no target, but may still be a member of a set.
    content: target?.content ?? desired?.revisions[running ?? ''],
    grouping: desired?.grouping,
  };
}

function observedEndpoints(offer: Offer, observed: InstanceEndpoint): readonly LookupEndpoint[] {
  const servant = offer.content?.servants.find(({ name }) => name === observed.servant);
  const rest = {
    ...commonOf(offer, servant, observed.weight),
    port: observed.port,
    active: offer.active,
  };
  return hostsOf(offer.node, servant, observed.host).map((host) => ({ ...rest, host }));
}

/** The instance does not run, so that its agent tells no address; its set still has this member. */
function silentEndpoint(offer: Offer, servant: ServantSpec): LookupEndpoint {
  const host = firstAddress(offer.node);
  const isKnown = host !== undefined && servant.port !== 'auto';
  return {
    ...commonOf(offer, servant, servant.weight),
    host: host ?? '',
    port: isKnown ? Number(servant.port) : 0,
    active: false,
  };
}

function commonOf(offer: Offer, servant: ServantSpec | undefined, observedWeight: number) {
  const { instance, content, grouping } = offer;
  return {
    instance,
    node: nodeOfInstance(instance),
    timeoutMs: servant?.queueTimeoutMs ?? unknownTimeoutMs,
    transport: 'tcp' as const,
    weight: servant?.weight ?? observedWeight,
    authenticated: servant?.auth !== undefined,
    grouped: grouping?.idc === true,
    ...(grouping?.group === undefined ? {} : { group: grouping.group }),
    ...(content?.set === undefined ? {} : { set: content.set }),
  };
}

/** One host for each network that the servant names, else where the agent says that it listens. */
function hostsOf(
  node: DesiredNode | undefined,
  servant: ServantSpec | undefined,
  observed: string,
): readonly string[] {
  const named = (servant?.networks ?? [])
    .filter((network) => node !== undefined && Object.hasOwn(node.addresses, network))
    .map((network) => node?.addresses[network] ?? '');
  if (named.length > 0) return [...new Set(named)];
  const isOne = observed !== '' && observed !== '*' && !isEveryAddress(observed);
  if (isOne) return [observed];
  const first = firstAddress(node);
  return first === undefined ? [] : [first];
}

function firstAddress(node: DesiredNode | undefined): string | undefined {
  return Object.values(node?.addresses ?? {})[0];
}

function compareEndpoints(left: LookupEndpoint, right: LookupEndpoint): number {
  return (
    compareText(left.host, right.host) ||
    left.port - right.port ||
    compareText(left.instance, right.instance)
  );
}
