/** The objects of a registry as one would collect them without care for speed: the oracle. */

import { endpointsOfService } from '../../../registry/endpoints.ts';
import type { LookupEndpoint } from '../../../registry/lookup/lookup-model.ts';
import type { RegistryState } from '../../../registry/model.ts';

/** By name, without an order. */
export function naiveObjects(state: RegistryState): Map<string, LookupEndpoint[]> {
  const objects = new Map<string, LookupEndpoint[]>();
  const listOf = (service: string, servant: string) => {
    const name = `${service}.${servant}`;
    const list = objects.get(name) ?? [];
    objects.set(name, list);
    return list;
  };
  for (const { desired } of state.scopes.values()) {
    for (const { servants } of Object.values(desired.revisions)) {
      for (const { name } of servants) listOf(desired.service, name);
    }
  }
  for (const instance of new Set([...state.targets.keys(), ...state.observed.keys()])) {
    const [service = '', nodeName = ''] = instance.split('@');
    const target = state.targets.get(instance);
    const node = state.nodes.get(nodeName);
    const desired = state.scopes.get(target?.scope ?? `${node?.dataCenter}/${service}`)?.desired;
    const observed = state.observed.get(instance);
    const content = target?.content ?? desired?.revisions[observed?.revision ?? ''];
    const rest = {
      instance,
      node: nodeName,
      transport: 'tcp' as const,
      grouped: desired?.grouping?.idc ?? false,
      ...(desired?.grouping?.group === undefined ? {} : { group: desired.grouping.group }),
      ...(content?.set === undefined ? {} : { set: content.set }),
    };
    const addresses = Object.entries(node?.addresses ?? {});
    const first = addresses[0]?.[1];
    const seen = endpointsOfService(state, service).filter((one) => one.instance === instance);
    for (const { servant, host, port, weight, active } of seen) {
      const spec = content?.servants.find(({ name }) => name === servant);
      const onNetworks = addresses
        .filter(([network]) => spec?.networks?.includes(network))
        .map(([, address]) => address);
      const usual = host === '0.0.0.0' ? (first === undefined ? [] : [first]) : [host];
      for (const address of onNetworks.length > 0 ? onNetworks : usual) {
        listOf(service, servant).push({
          ...rest,
          host: address,
          port,
          active,
          weight: spec?.weight ?? weight,
          timeoutMs: spec?.queueTimeoutMs ?? 60_000,
          authenticated: spec?.auth !== undefined,
        });
      }
      listOf(service, servant);
    }
    for (const spec of content?.servants ?? []) {
      if (seen.some(({ servant }) => servant === spec.name)) continue;
      listOf(service, spec.name).push({
        ...rest,
        host: first ?? '',
        port: typeof spec.port === 'number' && first !== undefined ? spec.port : 0,
        active: false,
        weight: spec.weight,
        timeoutMs: spec.queueTimeoutMs,
        authenticated: spec.auth !== undefined,
      });
    }
  }
  return objects;
}
