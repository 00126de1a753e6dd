/** For load balancers and monitoring: alive, ready, metrics. */

import type { FastifyInstance } from 'fastify';
import type { ApiMetrics } from '../metrics.ts';
import { list, object, oneOf, text } from '../schemas/schema-parts.ts';
import type { StatusPorts } from '../status-ports.ts';

export function registerHealthRoutes(
  app: FastifyInstance,
  ports: StatusPorts,
  metrics: ApiMetrics,
): void {
  app.get(
    '/healthz',
    {
      config: { auth: 'public' },
      schema: {
        summary: 'The process answers',
        tags: ['health'],
        response: { 200: object({ status: oneOf('ok') }) },
      },
    },
    () => ({ status: 'ok' }),
  );
  const readiness = object({ status: oneOf('ready', 'not ready'), missing: list(text) });
  app.get(
    '/readyz',
    {
      config: { auth: 'public' },
      schema: {
        summary: 'The controller can do its work; 503 says what is missing',
        tags: ['health'],
        response: { 200: readiness, 503: readiness },
      },
    },
    (_request, reply) => {
      const missing = ports.notReady();
      const isReady = missing.length === 0;
      return reply
        .code(isReady ? 200 : 503)
        .send({ status: isReady ? 'ready' : 'not ready', missing });
    },
  );
  app.get(
    '/metrics',
    {
      config: { auth: 'read' },
      schema: { summary: 'Metrics in the text format of Prometheus', tags: ['health'] },
    },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.render()),
  );
}
