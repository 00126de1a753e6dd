/** What services report: notifications, newest first, and how much of each kind came in. */

import type { FastifyInstance } from 'fastify';
import { renderList } from '../../../registry/status/render/render-list.ts';
import { plainTextStyle } from '../../../spec/wording/text-style.ts';
import { decodeCursor, encodeCursor, pageItemsDefault, pageItemsMax } from '../list-page.ts';
import { refuseWriting } from '../read-only.ts';
import { described, flag, text } from '../schemas/schema-parts.ts';
import { wantsText } from '../wants-text.ts';
import { apiPath, sendText, type StatusContext } from './resource-routes.ts';
import { listSchema, queryOf, responses } from './route-schemas.ts';

interface NotificationsQuery {
  readonly service?: string;
  readonly node?: string;
  readonly limit?: number;
  readonly cursor?: string;
  readonly wide?: boolean;
}

const wide = described('More columns, for text.', flag);
const limit = { type: 'integer', minimum: 1, maximum: pageItemsMax, default: pageItemsDefault };
const cursor = described('`nextCursor` of the page before.', { ...text, maxLength: 2_000 });
const name = { ...text, maxLength: 300 };

export function registerCollectedRoutes(app: FastifyInstance, context: StatusContext): void {
  registerNotifications(app, context);
  registerReports(app, context);
}

function registerNotifications(app: FastifyInstance, { ports }: StatusContext): void {
  const url = `${apiPath}/notifications`;
  app.get<{ Querystring: NotificationsQuery }>(
    url,
    {
      config: { auth: 'read' },
      schema: {
        summary: 'What services want people to know, newest first',
        tags: ['status'],
        querystring: queryOf({ service: name, node: name, limit, cursor, wide }),
        response: responses(listSchema('Notification')),
      },
    },
    (request, reply) => {
      const { cursor: after, wide: isWide = false, ...query } = request.query;
      const before = after === undefined ? undefined : Number(decodeCursor('notifications', after));
      const page = ports.collected.notifications({
        ...query,
        limit: query.limit ?? pageItemsDefault,
        ...(before === undefined ? {} : { before }),
      });
      const last = page.items.at(-1);
      const { items, total, hasMore } = page;
      if (wantsText(request)) {
        const options = { style: plainTextStyle, now: ports.now(), wide: isWide };
        return sendText(reply, renderList('notifications', items, options));
      }
      return {
        revision: ports.registry.sequence,
        asOf: ports.now(),
        items,
        total,
        ...(hasMore && last !== undefined
          ? { nextCursor: encodeCursor('notifications', last.id) }
          : {}),
      };
    },
  );
  refuseWriting(app, url, ports);
}

function registerReports(app: FastifyInstance, { ports }: StatusContext): void {
  const url = `${apiPath}/reports`;
  app.get<{ Querystring: Pick<NotificationsQuery, 'limit' | 'cursor' | 'wide'> }>(
    url,
    {
      config: { auth: 'read' },
      schema: {
        summary: 'How much services reported, by kind and source',
        tags: ['status'],
        querystring: queryOf({ limit, cursor, wide }),
        response: responses(listSchema('Report')),
      },
    },
    (request, reply) => {
      const all = ports.collected.counters();
      const {
        cursor: after,
        wide: isWide = false,
        limit: pageItems = pageItemsDefault,
      } = request.query;
      const keyOf = ({ kind, source }: (typeof all)[number]): string => `${kind} ${source}`;
      const afterKey = after === undefined ? '' : decodeCursor('reports', after);
      const start = all.findIndex((item) => keyOf(item) > afterKey);
      const items = start < 0 ? [] : all.slice(start, start + pageItems);
      const last = items.at(-1);
      if (wantsText(request)) {
        const options = { style: plainTextStyle, now: ports.now(), wide: isWide };
        return sendText(reply, renderList('reports', items, options));
      }
      return {
        revision: ports.registry.sequence,
        asOf: ports.now(),
        items,
        total: all.length,
        ...(last !== undefined && last !== all.at(-1)
          ? { nextCursor: encodeCursor('reports', keyOf(last)) }
          : {}),
      };
    },
  );
  refuseWriting(app, url, ports);
}
