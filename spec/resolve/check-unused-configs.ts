/** Warns about Config objects that no instance gets. */

import type { Fault } from '../fault.ts';
import type { ObjectOf } from '../kind-of.ts';
import { placeOf, refOf } from './outcome.ts';
import type { ConfigStage } from './resolve-configs.ts';
import type { ServiceEntry, ServiceStage } from './resolve-services.ts';

export function checkUnusedConfigs(configs: ConfigStage, services: ServiceStage): Fault[] {
  const apps = new Set([...services.entries.keys()].map((name) => name.split('.', 1)[0]));
  const faults: Fault[] = [];
  for (const { object, outcome } of configs.units.values()) {
    if (!outcome.ok) continue;
    const { app, service } = object.value.spec.scope;
    if (app !== undefined && !apps.has(app)) {
      faults.push(unused(object, '/spec/scope/app', `application ${app} has no services`));
    }
    const entry = service === undefined ? undefined : services.entries.get(service);
    const problem = entry && problemOf(object, entry);
    if (problem !== undefined) faults.push(unused(object, problem.pointer, problem.message));
  }
  return faults;
}

interface Problem {
  readonly pointer: string;
  readonly message: string;
}

function problemOf(object: ObjectOf<'Config'>, entry: ServiceEntry): Problem | undefined {
  const { scope, fileName } = object.value.spec;
  const { outcome, object: service } = entry.placement;
  const { node } = scope;
  if (node !== undefined && outcome.ok && !outcome.value.some(({ name }) => name === node)) {
    return { pointer: '/spec/scope/node', message: `${service.name} does not run on ${node}` };
  }
  // A TARS service may ask for a file while it runs; any other gets those that it lists.
  if (service.value.spec.type !== 'process' || service.value.spec.configs.includes(fileName)) {
    return undefined;
  }
  const message = `${service.name} does not list ${fileName} in its configs, so it is not written`;
  return { pointer: '/spec/fileName', message };
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
