/** Every list of the API in one table: its keys, how one item is made, its filters and columns. */

import { nodeOfInstance, serviceOfInstance } from '../../registry/instance-id.ts';
import { endpointKeys, endpointView } from '../../registry/status/endpoint-view.ts';
import { eventViews } from '../../registry/status/event-view.ts';
import { allInstances, allScopes, askedByNode } from '../../registry/status/instance-lookup.ts';
import { instanceView } from '../../registry/status/instance-view.ts';
import { allNodes, nodeView } from '../../registry/status/node-view.ts';
import { listKeys } from '../../registry/status/list-keys.ts';
import type { EventResource, ListName, ListedResources } from '../../registry/status/resources.ts';
import { revisionView } from '../../registry/status/revision-view.ts';
import { rolloutView } from '../../registry/status/rollout-view.ts';
import { serviceView } from '../../registry/status/service-view.ts';
import { fleetView } from '../../registry/status/status-view.ts';
import type { ApiView } from './status-reader.ts';

type Filter<Item> = (item: Item, value: string) => boolean;

export interface ResourceKind<Name extends ListName> {
  /** As in the path. */
  readonly plural: Name;
  /** `$id` of the schema of one item. */
  readonly schema: string;
  readonly summary: string;
  readonly filters: Readonly<Record<string, Filter<ListedResources[Name]>>>;
  /** The items of one moment. */
  open(view: ApiView): OpenedList<ListedResources[Name]>;
}

export interface OpenedList<Item> {
  /** Sorted; made when it is asked for. */
  keys(): readonly string[];
  get(key: string): Item | undefined;
}

/** `label=team` asks that the label is there, `label=team=checkout` for its value. */
function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const at = wanted.indexOf('=');
  const name = at < 0 ? wanted : wanted.slice(0, at);
  if (!Object.hasOwn(labels, name)) return false;
  return at < 0 || labels[name] === wanted.slice(at + 1);
}

function same<Item>(pick: (item: Item) => string): Filter<Item> {
  return (item, value) => pick(item).toLowerCase() === value.toLowerCase();
}

/** A scope of the service, or an instance of it. */
function serviceOf({ kind, name }: EventResource['subject']): string {
  if (kind === 'Scope') return name.slice(name.indexOf('/') + 1);
  return kind === 'Instance' ? serviceOfInstance(name) : '';
}

/** The node itself, or an instance on it. */
function nodeOf({ kind, name }: EventResource['subject']): string {
  if (kind === 'Node') return name;
  return kind === 'Instance' ? nodeOfInstance(name) : '';
}

/** For lists that are at hand as a whole. */
function fromItems<Item>(items: readonly Item[], keyOf: (item: Item) => string) {
  const byKey = new Map(items.map((item) => [keyOf(item), item]));
  return { keys: () => [...byKey.keys()].toSorted(), get: (key: string) => byKey.get(key) };
}

export const nodesKind: ResourceKind<'nodes'> = {
  plural: 'nodes',
  schema: 'Node',
  summary: 'Machines with an agent',
  filters: {
    dataCenter: same(({ dataCenter }) => dataCenter),
    health: same(({ state }) => state),
    label: ({ labels }, value) => hasLabel(labels, value),
  },
  open: (view) => {
    let asked: ReturnType<typeof askedByNode> | undefined;
    return {
      keys: () => allNodes(view.state),
      get: (name) => nodeView(view, name, (asked ??= askedByNode(view.state))),
    };
  },
};

export const servicesKind: ResourceKind<'services'> = {
  plural: 'services',
  schema: 'Service',
  summary: 'Services, one for each data centre, with four separate axes',
  filters: {
    dataCenter: same(({ dataCenter }) => dataCenter),
    service: same(({ service }) => service),
    health: same(({ health }) => health),
    sync: same(({ sync }) => sync),
    rollout: same(({ rollout }) => rollout),
    label: ({ labels }, value) => hasLabel(labels, value),
  },
  open: (view) => ({ keys: () => allScopes(view.state), get: (scope) => serviceView(view, scope) }),
};

export const instancesKind: ResourceKind<'instances'> = {
  plural: 'instances',
  schema: 'Instance',
  summary: 'Running copies of services',
  filters: {
    dataCenter: same(({ dataCenter }) => dataCenter),
    service: same(({ service }) => service),
    node: same(({ node }) => node),
    health: same(({ health }) => health),
    sync: same(({ sync }) => sync),
    phase: same(({ phase }) => phase),
  },
  open: (view) => ({ keys: () => allInstances(view.state), get: (id) => instanceView(view, id) }),
};

export const endpointsKind: ResourceKind<'endpoints'> = {
  plural: 'endpoints',
  schema: 'Endpoint',
  summary: 'Where servants answer',
  filters: {
    dataCenter: same(({ dataCenter }) => dataCenter),
    service: same(({ service }) => service),
    servant: same(({ servant }) => servant),
    node: same(({ node }) => node),
    active: same(({ active }) => String(active)),
  },
  open: (view) => ({ keys: () => endpointKeys(view.state), get: (key) => endpointView(view, key) }),
};

export const rolloutsKind: ResourceKind<'rollouts'> = {
  plural: 'rollouts',
  schema: 'Rollout',
  summary: 'How far each service is on the way to what Git asks for',
  filters: {
    dataCenter: same(({ dataCenter }) => dataCenter),
    service: same(({ service }) => service),
    phase: same(({ phase }) => phase),
    commit: ({ commit }, value) => commit.startsWith(value),
  },
  open: (view) => ({
    keys: () => [...view.state.scopes.keys()].toSorted(),
    get: (scope) => rolloutView(view, scope),
  }),
};

export const revisionsKind: ResourceKind<'revisions'> = {
  plural: 'revisions',
  schema: 'Revision',
  summary: 'What is in force: digest and commit of each scope',
  filters: { commit: ({ commit }, value) => commit.startsWith(value) },
  open: (view) => ({
    keys: () => [...view.state.scopes.keys()].toSorted(),
    get: (scope) => revisionView(view.state, scope),
  }),
};

export const packagesKind: ResourceKind<'packages'> = {
  plural: 'packages',
  schema: 'Package',
  summary: 'What the patch store holds',
  filters: { package: same((item) => item.package), version: same(({ version }) => version) },
  open: (view) => fromItems(view.listPackages(), listKeys.packages),
};

export const eventsKind: ResourceKind<'events'> = {
  plural: 'events',
  schema: 'Event',
  summary: 'History, oldest first',
  filters: {
    severity: same(({ severity }) => severity),
    reason: same(({ reason }) => reason),
    kind: same(({ subject }) => subject.kind),
    name: same(({ subject }) => subject.name),
    service: same(({ subject }) => serviceOf(subject)),
    node: same(({ subject }) => nodeOf(subject)),
  },
  open: (view) => fromItems(eventViews(view.state), listKeys.events),
};

export const faultsKind: ResourceKind<'faults'> = {
  plural: 'faults',
  schema: 'Fault',
  summary: 'Faults of the last commit that was looked at',
  filters: {
    severity: same(({ severity }) => severity),
    code: same(({ code }) => code),
    path: ({ path }, value) => path.startsWith(value),
  },
  open: (view) => fromItems(view.facts.faults, listKeys.faults),
};

export const problemsKind: ResourceKind<'problems'> = {
  plural: 'problems',
  schema: 'StatusProblem',
  summary: 'Everything that is not fine',
  filters: {
    severity: same(({ severity }) => severity),
    kind: same(({ subject }) => subject.kind),
  },
  open: (view) => fromItems(fleetView(view).problems, listKeys.problems),
};
