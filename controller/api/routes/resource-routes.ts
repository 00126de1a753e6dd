/** The routes of one kind: a list with pages, filters, deltas and watch; and one item. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import { nearest } from '../../../spec/validate/nearest.ts';
import { plainTextStyle } from '../../../spec/wording/text-style.ts';
import { renderList } from '../../../registry/status/render/render-list.ts';
import type {
  ListName,
  ListedResources,
  ResourceList,
} from '../../../registry/status/resources.ts';
import { isUnchanged } from '../entity-tag.ts';
import { fits, listPage, pageItemsDefault, pageItemsMax } from '../list-page.ts';
import { refuseWriting, type GitSubject } from '../read-only.ts';
import type { ResourceKind } from '../resource-kinds.ts';
import { described, flag, ref, text, type JsonSchema } from '../schemas/schema-parts.ts';
import type { StatusPorts } from '../status-ports.ts';
import { readView, readViewFor, type ApiView } from '../status-reader.ts';
import { wantsText } from '../wants-text.ts';
import type { ChangeFeed } from '../watch/change-feed.ts';
import type { WatchHub } from '../watch/watch-hub.ts';
import {
  consistentQuery,
  itemSchema,
  listSchema,
  paramsOf,
  queryOf,
  responses,
} from './route-schemas.ts';

export interface StatusContext {
  readonly ports: StatusPorts;
  readonly feed: ChangeFeed;
  readonly hub: WatchHub;
}

export const apiPath = '/api/v1';

interface ListQuerystring {
  readonly limit?: number;
  readonly cursor?: string;
  readonly since?: number;
  readonly watch?: string;
  readonly wide?: boolean;
  readonly consistent?: boolean;
}

export function registerList<Name extends ListName>(
  app: FastifyInstance,
  context: StatusContext,
  kind: ResourceKind<Name>,
): void {
  const url = `${apiPath}/${kind.plural}`;
  const schema = ref(kind.schema);
  app.get<{ Querystring: ListQuerystring }>(
    url,
    {
      config: { auth: 'read' },
      schema: {
        summary: kind.summary,
        tags: ['status'],
        querystring: queryOf(listParameters(kind)),
        response: responses(listSchema(kind.schema)),
      },
    },
    (request, reply) => answerList(request, reply, { context, kind, schema }),
  );
  refuseWriting(app, url, context.ports);
}

function listParameters<Name extends ListName>(
  kind: ResourceKind<Name>,
): Readonly<Record<string, JsonSchema>> {
  return {
    limit: { type: 'integer', minimum: 1, maximum: pageItemsMax, default: pageItemsDefault },
    cursor: described('`nextCursor` of the page before.', { ...text, maxLength: 2_000 }),
    since: described(
      'Only what changed at this registry revision or later. With `watch`: go on from there.',
      { type: 'integer', minimum: 0 },
    ),
    watch: described('Stay connected: server-sent events `sync` and `change`.', text),
    wide: described('More columns, for text.', flag),
    ...consistentQuery,
    ...Object.fromEntries(
      Object.keys(kind.filters).map((name) => [name, { ...text, maxLength: 300 }]),
    ),
  };
}

interface ListAnswer<Name extends ListName> {
  readonly context: StatusContext;
  readonly kind: ResourceKind<Name>;
  readonly schema: JsonSchema;
}

async function answerList<Name extends ListName>(
  request: FastifyRequest<{ Querystring: ListQuerystring }>,
  reply: FastifyReply,
  { context, kind, schema }: ListAnswer<Name>,
): Promise<unknown> {
  const { query } = request;
  const filters = filtersOf(kind, query);
  if (isWatch(request)) {
    context.hub.watch(request, reply, {
      kind: kind.plural,
      restMs: 0,
      look: () => {
        const { get, ...view } = filteredView(kind, readView(context.ports), filters);
        return { ...view, get: (key) => encodeItem(reply, schema, get(key)) };
      },
    });
    return reply;
  }
  const view = await readViewFor(context.ports, query);
  const body = {
    revision: view.revision,
    asOf: view.now,
    ...(query.since === undefined
      ? listPage(kind, view, { ...query, filters })
      : changesSince(kind, view, { since: query.since, filters, feed: context.feed })),
  };
  if (wantsText(request)) return sendText(reply, listText(kind, body, query.wide === true));
  if (isUnchanged(request, reply, body)) return reply.code(304).send();
  return body;
}

/** Through the schema, like every other answer: what it does not list is not sent. */
export function encodeItem(
  reply: FastifyReply,
  schema: JsonSchema,
  item: object | undefined,
): string | undefined {
  return item === undefined ? undefined : reply.serializeInput({ ...item }, schema);
}

/** `GET` with `?watch` or `?watch=true`; not `?watch=false`, and no `HEAD`, which has no body. */
export function isWatch(request: FastifyRequest): boolean {
  const { watch } = request.query as { readonly watch?: string };
  return request.method === 'GET' && watch !== undefined && watch !== 'false' && watch !== '0';
}

function filtersOf<Name extends ListName>(
  kind: ResourceKind<Name>,
  query: object,
): Readonly<Record<string, string>> {
  const given = Object.entries(query).filter(([name]) => Object.hasOwn(kind.filters, name));
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

function filteredView<Name extends ListName>(
  kind: ResourceKind<Name>,
  view: ApiView,
  filters: Readonly<Record<string, string>>,
) {
  const { keys, get } = kind.open(view);
  const fitting = (key: string): ListedResources[Name] | undefined => {
    const item = get(key);
    return item !== undefined && fits(kind, item, filters) ? item : undefined;
  };
  return { revision: view.revision, asOf: view.now, keys, get: fitting };
}

interface SinceQuery {
  readonly since: number;
  readonly filters: Readonly<Record<string, string>>;
  readonly feed: ChangeFeed;
}

/** All items when `since` is too long ago to know what changed. */
function changesSince<Name extends ListName>(
  kind: ResourceKind<Name>,
  view: ApiView,
  { since, filters, feed }: SinceQuery,
): Pick<ResourceList<ListedResources[Name]>, 'items' | 'removed' | 'full' | 'total'> {
  const changed = feed.ring.sinceSequence(kind.plural, since);
  const { keys, get } = filteredView(kind, view, filters);
  const wanted = changed === undefined ? keys() : [...changed].toSorted();
  const items = wanted.flatMap((key) => get(key) ?? []);
  const removed = changed === undefined ? [] : wanted.filter((key) => get(key) === undefined);
  return { items, removed, full: changed === undefined, total: items.length };
}

function listText<Name extends ListName>(
  kind: ResourceKind<Name>,
  list: ResourceList<ListedResources[Name]>,
  wide: boolean,
): string {
  const options = { style: plainTextStyle, now: list.asOf, wide };
  const table = renderList(kind.plural, list.items, options);
  const { nextCursor, items, total } = list;
  if (nextCursor === undefined) return table;
  return `${table}… ${items.length} of ${total} ${kind.plural}; next page: ?cursor=${nextCursor}\n`;
}

export function sendText(reply: FastifyReply, content: string): FastifyReply {
  return reply.type('text/plain; charset=utf-8').serializer(String).send(content);
}

export interface ItemRoute<Item> {
  /** Names of the parameters, joined by `/` to the key. */
  readonly params: readonly string[];
  text(view: ApiView, item: Item): string;
  find(view: ApiView, name: string): Item | undefined;
  /** For the answer to a write: which file holds it. */
  gitSubject?(view: ApiView, item: Item): GitSubject;
}

export function registerItem<Name extends ListName>(
  app: FastifyInstance,
  context: StatusContext,
  kind: ResourceKind<Name>,
  route: ItemRoute<ListedResources[Name]>,
): void {
  const url = `${apiPath}/${kind.plural}/${route.params.map((name) => `:${name}`).join('/')}`;
  const nameOf = (request: FastifyRequest): string => {
    const params = request.params as Readonly<Record<string, string>>;
    return route.params.map((name) => params[name] ?? '').join('/');
  };
  app.get<{ Querystring: { readonly consistent?: boolean } }>(
    url,
    {
      config: { auth: 'read' },
      schema: {
        summary: `One of: ${kind.summary}`,
        tags: ['status'],
        params: paramsOf(...route.params),
        querystring: queryOf(consistentQuery),
        response: responses(itemSchema(kind.schema)),
      },
    },
    async (request, reply) => {
      const view = await readViewFor(context.ports, request.query);
      const name = nameOf(request);
      const item = route.find(view, name);
      if (item === undefined) throw notFound(kind, view, name);
      if (wantsText(request)) return sendText(reply, route.text(view, item));
      const body = { revision: view.revision, asOf: view.now, item };
      return isUnchanged(request, reply, body) ? reply.code(304).send() : body;
    },
  );
  refuseWriting(app, url, context.ports, (request) => {
    const view = readView(context.ports);
    const item = route.find(view, nameOf(request));
    return item === undefined ? undefined : route.gitSubject?.(view, item);
  });
}

function notFound<Name extends ListName>(
  kind: ResourceKind<Name>,
  view: ApiView,
  name: string,
): TarsierError {
  const near = nearest(name, kind.open(view).keys());
  const meant = near === undefined ? '' : ` Did you mean "${near}"?`;
  return new TarsierError('API_NOT_FOUND', `There is no ${kind.schema} "${name}".${meant}`, {
    hint: `tarsctl get ${kind.plural} lists them.`,
  });
}
