/** Warns about Config objects that no instance gets. */

import type { Fault } from '../fault.ts';
import type { ObjectOf } from '../kind-of.ts';
import { placeOf, refOf } from './outcome.ts';
import type { Candidate } from './rendezvous.ts';
import type { ConfigGroup } from './config-groups.ts';
import type { ConfigStage } from './resolve-configs.ts';
import type { ConfigContext } from './resolve-config-unit.ts';

/** Configs of one service that do not reach any of its instances. */
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
      faults.push(unused(object, '/spec/scope/node', message));
      continue;
    }
    // A TARS service may ask for a file while it runs; any other gets those that it lists.
    if (type !== 'process' || configs.includes(fileName)) continue;
    const message = `${service.name} does not list ${fileName} in its configs, so it is not written`;
    faults.push(unused(object, '/spec/fileName', message));
  }
  return faults;
}

/** Configs of applications that have no service, or no instance in a SET. */
export function checkAppConfigs(
  { index, services, sets }: ConfigContext,
  units: ConfigStage['units'],
  referenced: ReadonlySet<string>,
): Fault[] {
  if (index.trouble.unreadableHold !== undefined) return [];
  const apps = new Set([...services].map((name) => name.split('.', 1)[0]));
  const faults: Fault[] = [];
  for (const { object, outcome } of units.values()) {
    const { app, set } = object.value.spec.scope;
    if (!outcome.ok || app === undefined || referenced.has(object.name)) continue;
    if (!apps.has(app)) {
      faults.push(unused(object, '/spec/scope/app', `application ${app} has no services`));
    } else if (set !== undefined && sets?.has(`${app} ${set}`) === false) {
      const message = `no service of application ${app} is placed in SET ${set}`;
      faults.push(unused(object, '/spec/scope/set', message));
    }
  }
  return faults;
}

function unused(object: ObjectOf<'Config'>, pointer: string, message: string): Fault {
  return {
    code: 'SPEC_CONFIG_UNUSED',
    severity: 'warning',
    message,
    place: placeOf(object, pointer),
    object: refOf(object),
  };
}
