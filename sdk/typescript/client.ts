/** The status API from outside: objects, lists, why, watch and logs. */

import type {
  DesiredCluster,
  DesiredNode,
  DesiredScope,
  DesiredTopology,
  InstanceRevision,
} from '../../spec/desired-state.ts';
import type {
  ClusterResource,
  ListName,
  ListedResources,
  ResourceItem,
  ResourceList,
  SourceResource,
  StatusResource,
  WhyResource,
} from '../../registry/status/resources.ts';
import type { MembersResource } from '../../registry/status/member-resources.ts';
import { HttpReader, type Query, type ServerOptions } from './http.ts';
import { readLogs, type LogPiece, type LogQuery } from './logs.ts';
import type { RetryOptions } from './retry.ts';
import { watchResource, type WatchEvent } from './watch.ts';

const api = '/api/v1';
const pageItems = 1_000;

/** Objects with a page of their own. */
export type ObjectName = 'nodes' | 'services' | 'instances' | 'rollouts';

export interface SingletonResources {
  readonly status: StatusResource;
  readonly cluster: ClusterResource;
  readonly source: SourceResource;
}

/** What is in force: digests only, the content of a scope is asked for with `scope`. */
export interface DesiredInForce {
  readonly revision: number;
  readonly commit?: string;
  readonly cluster?: DesiredCluster;
  /** Absent while no commit has said anything about it. */
  readonly topology?: DesiredTopology;
  readonly nodes: readonly DesiredNode[];
  readonly scopes: Readonly<Record<string, string>>;
}

export interface ScopeInForce {
  readonly revision: number;
  readonly generation: number;
  readonly commit: string;
  readonly desired: DesiredScope;
}

/** Failures throw the controller's own code, or `API_UNREACHABLE`; all of them are safe to repeat. */
export class TarsierClient {
  readonly #http: HttpReader;

  constructor(options: ServerOptions) {
    this.#http = new HttpReader(options);
  }

  get serverUrl(): string {
    return this.#http.serverUrl;
  }

  /** `status`, `cluster` or `source`. */
  read<Name extends keyof SingletonResources>(
    name: Name,
  ): Promise<ResourceItem<SingletonResources[Name]>> {
    return this.#http.getJson(`${api}/${name}`);
  }

  /** The controllers, and how their engine is. */
  members(): Promise<MembersResource> {
    return this.#http.getJson(`${api}/members`);
  }

  /** Services and rollouts are named `dataCenter/App.Server`; a service may lack the data centre. */
  get<Name extends ObjectName>(
    list: Name,
    name: string,
  ): Promise<ResourceItem<ListedResources[Name]>> {
    return this.#http.getJson(`${api}/${list}/${pathOf(name)}`);
  }

  /** All pages. Items that change meanwhile are seen as they were on their page. */
  async list<Name extends ListName>(
    list: Name,
    filters: Query = {},
  ): Promise<ResourceList<ListedResources[Name]>> {
    const items: ListedResources[Name][] = [];
    let cursor: string | undefined;
    for (;;) {
      const page: ResourceList<ListedResources[Name]> = await this.#http.getJson(`${api}/${list}`, {
        limit: pageItems,
        ...filters,
        cursor,
      });
      items.push(...page.items);
      cursor = page.nextCursor;
      if (cursor === undefined) return { ...page, items, total: items.length };
    }
  }

  /** `name`: a service, an instance, a node, a commit, or `source`; `any` finds out which. */
  why(name: string, kind: WhyResource['kind'] | 'any' = 'any'): Promise<ResourceItem<WhyResource>> {
    return this.#http.getJson(`${api}/why/${kind}/${pathOf(name)}`);
  }

  desired(): Promise<DesiredInForce> {
    return this.#http.getJson(`${api}/desired`);
  }

  scope(scope: string): Promise<ScopeInForce> {
    return this.#http.getJson(`${api}/scopes/${pathOf(scope)}`);
  }

  revision(
    digest: string,
  ): Promise<{ readonly digest: string; readonly content: InstanceRevision }> {
    return this.#http.getJson(`${api}/revisions/${pathOf(digest)}`);
  }

  /** Everything first, then what changes; reconnects by itself and goes on where it was. */
  watch<Name extends ListName>(
    list: Name,
    options: RetryOptions & { readonly filters?: Query; readonly since?: number } = {},
  ): AsyncGenerator<WatchEvent<ListedResources[Name]>, void, undefined> {
    const { filters = {}, since, ...retry } = options;
    return watchResource(this.#http, `${api}/${list}`, { query: { ...filters, since }, ...retry });
  }

  /** The object now, and whenever it changes. */
  watchOne<Name extends keyof SingletonResources>(
    name: Name,
    options: RetryOptions = {},
  ): AsyncGenerator<WatchEvent<SingletonResources[Name]>, void, undefined> {
    return watchResource(this.#http, `${api}/${name}`, { query: {}, ...options });
  }

  /** With `follow`, goes on behind the last line when the connection breaks. */
  logs(
    instance: string,
    query: LogQuery,
    options: RetryOptions = {},
  ): AsyncGenerator<LogPiece, void, undefined> {
    return readLogs(this.#http, `${api}/logs/${pathOf(instance)}`, { query, ...options });
  }

  close(): Promise<void> {
    return this.#http.close();
  }
}

/** Slashes part the segments of a name; everything else is escaped. */
function pathOf(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}
