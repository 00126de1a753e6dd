/** The controllers: who leads, who is there, and how their engine is. */

import type { FastifyInstance } from 'fastify';
import { count, flag, list, object, oneOf, text, time } from '../schemas/schema-parts.ts';
import { apiPath, type StatusContext } from './resource-routes.ts';
import { responses } from './route-schemas.ts';
import { refuseWriting } from '../read-only.ts';

const member = object(
  { name: text, role: oneOf('leader', 'follower', 'silent') },
  {
    url: text,
    version: text,
    startedAt: time,
    agents: count,
    applied: { type: 'object', additionalProperties: count },
    silentMs: count,
  },
);
const copy = object({
  member: text,
  role: oneOf('leader', 'follower'),
  isOnline: flag,
  lag: count,
});
const engine = object({
  engine: oneOf('embedded', 'jetstream'),
  spare: count,
  logs: list(object({ name: text, entries: count, copies: list(copy) })),
  problems: list(text),
});

export function registerMemberRoutes(app: FastifyInstance, { ports }: StatusContext): void {
  const url = `${apiPath}/members`;
  app.get(
    url,
    {
      config: { auth: 'read' },
      schema: {
        summary: 'The controllers: who leads, how far each one is, and how their engine is',
        tags: ['status'],
        response: responses(object({ items: list(member), engine })),
      },
    },
    () => ports.members(),
  );
  refuseWriting(app, url, ports);
}
