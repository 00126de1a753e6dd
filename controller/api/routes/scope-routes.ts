/** The desired state in force, for plans: digests of all scopes, and the content of one. */

import type { FastifyInstance } from 'fastify';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import { revisionContent } from '../../../registry/status/revision-view.ts';
import { refuseWriting } from '../read-only.ts';
import { count, object, text, texts, type JsonSchema } from '../schemas/schema-parts.ts';
import { readViewFor } from '../status-reader.ts';
import { apiPath, type StatusContext } from './resource-routes.ts';
import { consistentQuery, paramsOf, queryOf, responses } from './route-schemas.ts';

interface ConsistentQuery {
  readonly consistent?: boolean;
}

/** Shapes that `spec/desired-state.ts` owns are handed through whole. */
const handedThrough: JsonSchema = { type: 'object', additionalProperties: true };

export function registerScopeRoutes(app: FastifyInstance, context: StatusContext): void {
  registerDesired(app, context);
  registerScope(app, context);
  registerRevision(app, context);
}

function registerDesired(app: FastifyInstance, context: StatusContext): void {
  const url = `${apiPath}/desired`;
  const answer = object(
    {
      revision: count,
      nodes: { type: 'array', items: handedThrough },
      scopes: { ...texts, description: 'Digest of each scope.' },
    },
    { cluster: handedThrough, topology: handedThrough, commit: text },
  );
  app.get<{ Querystring: ConsistentQuery }>(
    url,
    {
      config: { auth: 'read' },
      schema: {
        summary: 'What is in force: cluster, groups, nodes, and the digest of every scope',
        tags: ['desired state'],
        querystring: queryOf(consistentQuery),
        response: responses(answer),
      },
    },
    async ({ query }) => {
      const { state, revision } = await readViewFor(context.ports, query);
      const digests = [...state.scopes].map(([scope, { desired }]) => [scope, desired.digest]);
      return {
        revision,
        ...(state.source !== undefined && { commit: state.source.inForceCommit }),
        ...(state.cluster !== undefined && { cluster: state.cluster }),
        ...(state.topology !== undefined && { topology: state.topology }),
        nodes: [...state.nodes.values()],
        scopes: Object.fromEntries(digests) as Record<string, string>,
      };
    },
  );
  refuseWriting(app, url, context.ports);
}

function registerScope(app: FastifyInstance, context: StatusContext): void {
  const url = `${apiPath}/scopes/:dataCenter/:service`;
  const answer = object({
    revision: count,
    generation: count,
    commit: text,
    desired: handedThrough,
  });
  app.get<{ Params: { dataCenter: string; service: string }; Querystring: ConsistentQuery }>(
    url,
    {
      config: { auth: 'read' },
      schema: {
        summary: 'The desired state of one scope that is in force',
        tags: ['desired state'],
        params: paramsOf('dataCenter', 'service'),
        querystring: queryOf(consistentQuery),
        response: responses(answer),
      },
    },
    async ({ params, query }) => {
      const { state, revision } = await readViewFor(context.ports, query);
      const scope = `${params.dataCenter}/${params.service}`;
      const record = state.scopes.get(scope);
      if (record === undefined) {
        throw new TarsierError('API_NOT_FOUND', `Nothing is in force for ${scope}.`, {
          hint: 'tarsctl get services lists what is.',
        });
      }
      const { generation, commit, desired } = record;
      return { revision, generation, commit, desired };
    },
  );
  refuseWriting(app, url, context.ports, ({ params }) => {
    const { dataCenter, service } = params as { dataCenter: string; service: string };
    const name = `${dataCenter}/${service}`;
    const origin = context.ports.registry.state.scopes.get(name)?.desired.origin;
    return origin === undefined ? undefined : { name, origin };
  });
}

function registerRevision(app: FastifyInstance, context: StatusContext): void {
  const url = `${apiPath}/revisions/:digest`;
  app.get<{ Params: { digest: string }; Querystring: ConsistentQuery }>(
    url,
    {
      config: { auth: 'read' },
      schema: {
        summary: 'Everything that an instance of this revision runs; secrets are masked',
        tags: ['desired state'],
        params: paramsOf('digest'),
        querystring: queryOf(consistentQuery),
        response: responses(object({ revision: count, digest: text, content: handedThrough })),
      },
    },
    async ({ params: { digest }, query }) => {
      const { state, revision } = await readViewFor(context.ports, query);
      const content = revisionContent(state, digest);
      if (content === undefined) {
        throw new TarsierError(
          'API_NOT_FOUND',
          `No revision ${digest} is in force or on its way out.`,
          {
            hint: 'tarsctl get revisions lists those that are.',
          },
        );
      }
      return { revision, digest, content };
    },
  );
  refuseWriting(app, url, context.ports);
}
