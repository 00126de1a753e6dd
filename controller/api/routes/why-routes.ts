/** Why is it not as I expect it? */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import { plainTextStyle } from '../../../spec/wording/text-style.ts';
import { renderWhy } from '../../../registry/status/render/render-why.ts';
import {
  explainWhy,
  kindOfName,
  whyKinds,
  type WhyKind,
} from '../../../registry/status/why/explain-why.ts';
import { nearest } from '../../../spec/validate/nearest.ts';
import { isUnchanged } from '../entity-tag.ts';
import { refuseWriting } from '../read-only.ts';
import { instancesKind, nodesKind, servicesKind } from '../resource-kinds.ts';
import { oneOf, text } from '../schemas/schema-parts.ts';
import { readViewFor, type ApiView } from '../status-reader.ts';
import { wantsText } from '../wants-text.ts';
import { apiPath, sendText, type StatusContext } from './resource-routes.ts';
import { consistentQuery, itemSchema, queryOf, responses } from './route-schemas.ts';

interface WhyRequest {
  readonly Params: {
    readonly kind: WhyKind | 'any';
    readonly name?: string;
    readonly dataCenter?: string;
    readonly service?: string;
  };
  readonly Querystring: { readonly consistent?: boolean };
}

/** `any` finds out by the name which kind is meant. */
export function registerWhyRoutes(app: FastifyInstance, context: StatusContext): void {
  for (const path of ['/why/:kind/:name', '/why/:kind/:dataCenter/:service']) {
    const names = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
    const kind = oneOf(...whyKinds, 'any');
    const properties = Object.fromEntries(
      names.map((name) => [name, name === 'kind' ? kind : text]),
    );
    app.get<WhyRequest>(
      `${apiPath}${path}`,
      {
        config: { auth: 'read' },
        schema: {
          summary: 'Why something does not run, is not what was merged, is held or waits',
          tags: ['status'],
          params: { type: 'object', properties, required: names },
          querystring: queryOf(consistentQuery),
          response: responses(itemSchema('Why')),
        },
      },
      (request, reply) => answerWhy(context, request, reply),
    );
    refuseWriting(app, `${apiPath}${path}`, context.ports);
  }
}

async function answerWhy(
  { ports }: StatusContext,
  request: FastifyRequest<WhyRequest>,
  reply: FastifyReply,
): Promise<unknown> {
  const { name: given, dataCenter, service } = request.params;
  const name = given ?? `${dataCenter}/${service}`;
  const view = await readViewFor(ports, request.query);
  const kind = request.params.kind === 'any' ? kindOfName(view, name) : request.params.kind;
  const item = explainWhy(view, kind, name);
  if (item === undefined) throw nothingKnown(view, kind, name);
  if (wantsText(request)) {
    return sendText(reply, renderWhy(item, { style: plainTextStyle, now: view.now }));
  }
  const body = { revision: view.revision, asOf: view.now, item };
  return isUnchanged(request, reply, body) ? reply.code(304).send() : body;
}

function nothingKnown(view: ApiView, kind: WhyKind, name: string): TarsierError {
  const names = [nodesKind, servicesKind, instancesKind].flatMap((known) =>
    known.open(view).keys(),
  );
  const services = [...view.state.scopes.values()].map(({ desired }) => desired.service);
  const near = nearest(name, new Set([...names, ...services]));
  const meant = near === undefined ? '' : ` Did you mean "${near}"?`;
  return new TarsierError('API_NOT_FOUND', `No ${kind} "${name}" is known.${meant}`, {
    hint: 'Give a service (sz/App.Server), an instance (App.Server@node), a node, a commit, or source.',
  });
}
