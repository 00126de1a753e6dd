/** Cluster, source and the overall status: one object each. */

import type { FastifyInstance } from 'fastify';
import {
  describeClusterText,
  describeSourceText,
} from '../../../registry/status/render/render-describe.ts';
import { renderStatus } from '../../../registry/status/render/render-status.ts';
import type { RenderOptions } from '../../../registry/status/render/style.ts';
import { plainTextStyle } from '../../../spec/wording/text-style.ts';
import { sourceView } from '../../../registry/status/source-view.ts';
import { fleetView, statusView } from '../../../registry/status/status-view.ts';
import { isUnchanged } from '../entity-tag.ts';
import { refuseWriting } from '../read-only.ts';
import { described, flag, ref, text } from '../schemas/schema-parts.ts';
import { readView, readViewFor, type ApiView } from '../status-reader.ts';
import { wantsText } from '../wants-text.ts';
import { singletonKey } from '../watch/change-feed.ts';
import { apiPath, encodeItem, isWatch, sendText, type StatusContext } from './resource-routes.ts';
import { consistentQuery, itemSchema, queryOf, responses } from './route-schemas.ts';

interface Singleton<Item> {
  readonly name: string;
  readonly schema: string;
  readonly summary: string;
  /** Between two events of a watch: large objects are not sent more often. */
  readonly restMs: number;
  read(view: ApiView): Item;
  text(view: ApiView, item: Item, options: RenderOptions): string;
}

export function registerSingletonRoutes(app: FastifyInstance, context: StatusContext): void {
  registerSingleton(app, context, {
    name: 'status',
    schema: 'Status',
    summary: 'The whole fleet on one screen, problems first',
    restMs: 500,
    read: statusView,
    text: (_view, status, options) => renderStatus(status, options),
  });
  registerSingleton(app, context, {
    name: 'cluster',
    schema: 'Cluster',
    summary: 'The fleet in numbers',
    restMs: 500,
    read: (view) => fleetView(view).cluster,
    text: (_view, cluster, options) => describeClusterText(cluster, options),
  });
  registerSingleton(app, context, {
    name: 'source',
    schema: 'Source',
    summary: 'The Git repository, how fresh it is, and what of it is held',
    restMs: 0,
    read: sourceView,
    text: (view, source, options) => describeSourceText(source, view.facts.faults, options),
  });
}

interface SingletonQuery {
  readonly watch?: string;
  readonly consistent?: boolean;
  readonly wide?: boolean;
}

function registerSingleton<Item extends object>(
  app: FastifyInstance,
  context: StatusContext,
  singleton: Singleton<Item>,
): void {
  const { name, schema, summary, restMs } = singleton;
  const url = `${apiPath}/${name}`;
  const itemSchemaOnly = ref(schema);
  const querystring = queryOf({
    watch: described('Stay connected: server-sent events `sync` and `change`.', text),
    wide: described('More columns, for text.', flag),
    ...consistentQuery,
  });
  app.get<{ Querystring: SingletonQuery }>(
    url,
    {
      config: { auth: 'read' },
      schema: { summary, tags: ['status'], querystring, response: responses(itemSchema(schema)) },
    },
    async (request, reply) => {
      if (isWatch(request)) {
        const look = () => {
          const view = readView(context.ports);
          const get = () => encodeItem(reply, itemSchemaOnly, singleton.read(view));
          return { revision: view.revision, asOf: view.now, keys: () => [singletonKey], get };
        };
        context.hub.watch(request, reply, { kind: name, restMs, look });
        return reply;
      }
      const view = await readViewFor(context.ports, request.query);
      const item = singleton.read(view);
      const wide = request.query.wide === true;
      const options = { style: plainTextStyle, now: view.now, wide };
      if (wantsText(request)) return sendText(reply, singleton.text(view, item, options));
      const body = { revision: view.revision, asOf: view.now, item };
      return isUnchanged(request, reply, body) ? reply.code(304).send() : body;
    },
  );
  refuseWriting(app, url, context.ports);
}
