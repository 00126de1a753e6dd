/** Refuses query parameters that a route does not know: a misspelt filter must not be ignored. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { nearest } from '../../spec/validate/nearest.ts';

/** Webhooks are left alone: forges add parameters of their own. */
export function installQueryCheck(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    if (request.is404 || request.routeOptions.config.auth === 'webhook') return;
    const known = knownParameters(request);
    for (const name of Object.keys(request.query as object)) {
      if (!known.includes(name)) throw unknownParameter(name, known);
    }
  });
}

function knownParameters(request: FastifyRequest): readonly string[] {
  const schema = request.routeOptions.schema?.querystring as
    | { readonly properties?: object }
    | undefined;
  return Object.keys(schema?.properties ?? {});
}

function unknownParameter(name: string, known: readonly string[]): TarsierError {
  const suggestion = nearest(name, known);
  const meant = suggestion === undefined ? '' : ` Did you mean "${suggestion}"?`;
  const list = known.length === 0 ? 'This route takes none' : `Known here: ${known.join(', ')}`;
  return new TarsierError('API_UNKNOWN_PARAMETER', `Unknown query parameter "${name}".${meant}`, {
    hint: `${list}.`,
    details: { parameter: name, known, ...(suggestion !== undefined && { suggestion }) },
  });
}
