/** The description of the API, made from the schemas that requests and answers go through. */

import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import type { RouteAuth } from './route-auth.ts';
import { resourceSchemas } from './schemas/resource-schemas.ts';
import { ref } from './schemas/schema-parts.ts';

/** Of the interface, not of the product: grows when paths or fields do. */
const apiVersion = '1.0.0';

/** Call before any route is added: it describes those that come after it. */
export async function installOpenApi(app: FastifyInstance): Promise<void> {
  for (const schema of resourceSchemas) app.addSchema(schema);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tarsier',
        version: apiVersion,
        description:
          'Read-only status of a fleet, commands to running services, and the patch store. What runs is changed by commits in Git.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          token: {
            type: 'http',
            scheme: 'bearer',
            description:
              'Content of tokens/read, tokens/publish or tokens/agent of the controller.',
          },
        },
      },
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) => String(json['$id'] ?? `def-${index}`),
    },
    transform: ({ schema, url, route }) => {
      const auth = [route.config?.auth ?? []].flat();
      const response = { ...(schema?.response as object | undefined), ...failures };
      return { schema: { ...schema, response, ...describeAuth(auth) }, url };
    },
  });
  app.get(
    '/openapi.json',
    { config: { auth: 'public' }, schema: { summary: 'This description', tags: ['api'] } },
    () => app.swagger(),
  );
}

/** Only described: problems are written as they are, and need no serializer for each route. */
const failures = { '4XX': ref('Problem'), '5XX': ref('Problem') };

function describeAuth(auth: readonly RouteAuth[]) {
  if (auth.includes('public')) return { security: [] };
  if (auth.includes('webhook')) {
    return { security: [], description: 'Authenticated by the signature of the sender.' };
  }
  const kinds = auth.join(' or ');
  const open = auth.includes('read') ? ' Open on loopback.' : '';
  return { security: [{ token: [] }], description: `Needs the token of kind ${kinds}.${open}` };
}
