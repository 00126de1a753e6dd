/** Warns about Configs of one service that do not reach any of its instances. */

import type { Fault } from '../fault.ts';
import type { ObjectOf } from '../kind-of.ts';
import { placeOf, refOf } from './outcome.ts';
import type { Candidate } from './rendezvous.ts';
import type { ConfigGroup } from './config-groups.ts';

export function checkServiceConfigs(
  service: ObjectOf<'Service'>,
  group: ConfigGroup,
  placed: readonly Candidate[],
): Fault[] {
  const { configs, type } = service.value.spec;
  const faults: Fault[] = [];
  for (const { fileName, node, outcome, isReferenced = false } of group) {
    if (!outcome.ok || isReferenced) continue;
    const { object } = outcome.value.own;
    if (node !== undefined && !placed.some(({ name }) => name === node)) {
      const message = `${service.name} does not run on ${node}`;
      faults.push(unusedFault(object, '/spec/scope/node', message));
      continue;
    }
    // A TARS service may ask for a file while it runs; any other gets those that it lists.
    if (type !== 'process' || configs.includes(fileName)) continue;
    const message = `${service.name} does not list ${fileName} in its configs, so it is not written`;
    faults.push(unusedFault(object, '/spec/fileName', message));
  }
  return faults;
}

export function unusedFault(object: ObjectOf<'Config'>, pointer: string, message: string): Fault {
  return {
    code: 'SPEC_CONFIG_UNUSED',
    severity: 'warning',
    message,
    place: placeOf(object, pointer),
    object: refOf(object),
  };
}
