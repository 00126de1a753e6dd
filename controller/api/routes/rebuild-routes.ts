/** Ends a rebuild although not every node was heard. */

import type { FastifyInstance } from 'fastify';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import { object, text } from '../schemas/schema-parts.ts';
import { apiPath, type StatusContext } from './resource-routes.ts';
import { responses } from './route-schemas.ts';

export function registerRebuildRoutes(app: FastifyInstance, { ports }: StatusContext): void {
  app.post(
    `${apiPath}/rebuild/end`,
    {
      config: { auth: 'publish' },
      schema: {
        summary: 'End an open rebuild: nodes that were not heard are waited for no longer',
        tags: ['commands'],
        response: responses(object({ message: text })),
      },
    },
    async () => {
      const result = await ports.endRebuild();
      if (!result.accepted) throw new TarsierError(result.code, result.message);
      return { message: result.events[0]?.message ?? 'The rebuild ended.' };
    },
  );
}
