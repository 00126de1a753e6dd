/** The routes of every kind of object, with what belongs to an object beside it. */

import type { FastifyInstance } from 'fastify';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import { eventViews } from '../../../registry/status/event-view.ts';
import { allScopes } from '../../../registry/status/instance-lookup.ts';
import { instanceView } from '../../../registry/status/instance-view.ts';
import { nodeInstances, nodeView } from '../../../registry/status/node-view.ts';
import {
  describeInstanceText,
  describeNodeText,
  describeRolloutText,
  describeServiceText,
} from '../../../registry/status/render/render-describe.ts';
import type { RenderOptions } from '../../../registry/status/render/style.ts';
import { plainTextStyle } from '../../../spec/wording/text-style.ts';
import type { InstanceResource, ServiceResource } from '../../../registry/status/resources.ts';
import { rolloutView } from '../../../registry/status/rollout-view.ts';
import { scopeInstances, serviceView } from '../../../registry/status/service-view.ts';
import type { GitSubject } from '../read-only.ts';
import {
  endpointsKind,
  eventsKind,
  faultsKind,
  instancesKind,
  nodesKind,
  packagesKind,
  problemsKind,
  revisionsKind,
  rolloutsKind,
  servicesKind,
} from '../resource-kinds.ts';
import type { ApiView } from '../status-reader.ts';
import { registerItem, registerList, type StatusContext } from './resource-routes.ts';

export function registerObjectRoutes(app: FastifyInstance, context: StatusContext): void {
  registerList(app, context, nodesKind);
  registerList(app, context, servicesKind);
  registerList(app, context, instancesKind);
  registerList(app, context, endpointsKind);
  registerList(app, context, rolloutsKind);
  registerList(app, context, revisionsKind);
  registerList(app, context, packagesKind);
  registerList(app, context, eventsKind);
  registerList(app, context, faultsKind);
  registerList(app, context, problemsKind);
  registerNode(app, context);
  registerService(app, context);
  registerInstance(app, context);
  registerRollout(app, context);
}

function optionsOf({ now }: ApiView): RenderOptions {
  return { style: plainTextStyle, now };
}

function eventsAbout({ state }: ApiView, ...names: readonly string[]) {
  return eventViews(state).filter(({ subject }) => names.includes(subject.name));
}

function registerNode(app: FastifyInstance, context: StatusContext): void {
  registerItem(app, context, nodesKind, {
    params: ['name'],
    find: (view, name) => nodeView(view, name),
    text: (view, node) => {
      const instances = nodeInstances(view, node.name);
      const events = eventsAbout(view, node.name);
      return describeNodeText(node, { instances, events }, optionsOf(view));
    },
    gitSubject: (_view, { name, origin }) => gitSubject(`Node ${name}`, origin),
  });
}

function gitSubject(name: string, origin: GitSubject['origin']): GitSubject {
  return origin === undefined || origin.path === '' ? { name } : { name, origin };
}

function registerService(app: FastifyInstance, context: StatusContext): void {
  const route = {
    text: (view: ApiView, service: ServiceResource) => {
      const instances = scopeInstances(view, service.scope);
      const events = eventsAbout(view, service.scope, ...instances.map(({ id }) => id));
      return describeServiceText(service, { instances, events }, optionsOf(view));
    },
    gitSubject: (_view: ApiView, { scope, origin }: ServiceResource) =>
      gitSubject(`Service ${scope}`, origin),
  };
  registerItem(app, context, servicesKind, {
    ...route,
    params: ['dataCenter', 'service'],
    find: serviceView,
  });
  registerItem(app, context, servicesKind, { ...route, params: ['name'], find: findService });
}

/** A service by its name alone, when it is in one data centre; or an encoded scope. */
function findService(view: ApiView, name: string): ServiceResource | undefined {
  if (name.includes('/')) return serviceView(view, name);
  const scopes = allScopes(view.state).filter((scope) => scope.endsWith(`/${name}`));
  const [only] = scopes;
  if (scopes.length > 1) {
    throw new TarsierError(
      'API_NOT_FOUND',
      `${name} is in several data centres: say which one you mean.`,
      { hint: `One of: ${scopes.join(', ')}.` },
    );
  }
  return only === undefined ? undefined : serviceView(view, only);
}

function registerInstance(app: FastifyInstance, context: StatusContext): void {
  registerItem(app, context, instancesKind, {
    params: ['id'],
    find: instanceView,
    text: (view, instance) =>
      describeInstanceText(instance, { events: eventsAbout(view, instance.id) }, optionsOf(view)),
    gitSubject: (view: ApiView, { id, scope }: InstanceResource) =>
      gitSubject(`Instance ${id}`, view.state.scopes.get(scope)?.desired.origin),
  });
}

function registerRollout(app: FastifyInstance, context: StatusContext): void {
  registerItem(app, context, rolloutsKind, {
    params: ['dataCenter', 'service'],
    find: rolloutView,
    text: (view, rollout) => describeRolloutText(rollout, optionsOf(view)),
    gitSubject: (view, { scope }) =>
      gitSubject(`Rollout ${scope}`, view.state.scopes.get(scope)?.desired.origin),
  });
}
