/** The patch store over HTTP: uploads in pieces, lists, deletion, the default, and downloads. */

import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { TarsierError } from '../../errors/tarsier-error.ts';
import {
  patchPath,
  uploadOffsetHeader,
  type CreateUploadRequest,
  type CreateUploadResponse,
  type PackageListView,
} from '../../link/packages/patch-api.ts';
import type { Blobs } from '../../replica/core/blobs.ts';
import { registerContentRoute } from './content-route.ts';
import type { StoredPackages } from './stored-packages.ts';
import type { Uploads } from './uploads.ts';

export interface PatchRoutesPorts {
  readonly packages: StoredPackages;
  readonly uploads: Uploads;
  readonly blobs: Blobs;
}

const read = { config: { auth: 'read' } } as const;
const publish = { config: { auth: 'publish' } } as const;
const publishSlowly = { config: { auth: 'publish', slowBody: true } } as const;

const text = (maxLength: number) => ({ type: 'string', maxLength }) as const;

const createUploadBody = {
  type: 'object',
  additionalProperties: false,
  required: ['package', 'version', 'digest', 'sizeBytes'],
  properties: {
    package: text(300),
    version: text(100),
    digest: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' },
    sizeBytes: { type: 'integer', minimum: 1 },
    by: text(200),
    comment: text(1000),
  },
} as const;

const setDefaultBody = {
  type: 'object',
  additionalProperties: false,
  required: ['version'],
  properties: { version: text(100) },
} as const;

export function registerPatchRoutes(app: FastifyInstance, ports: PatchRoutesPorts): void {
  registerContentRoute(app, ports.blobs);
  registerPackageRoutes(app, ports.packages);
  app.register(async (scope) => {
    // Pieces of a package are handed on as they arrive: never collected in memory.
    scope.addContentTypeParser('application/octet-stream', (_request, payload, done) => {
      done(null, payload);
    });
    registerUploadRoutes(scope, ports.uploads);
  });
}

interface VersionParams {
  Params: { name: string; version: string };
}

function registerPackageRoutes(app: FastifyInstance, packages: StoredPackages): void {
  app.get(`${patchPath}/packages`, read, (): PackageListView => ({
    items: packages.list(),
    storedBytes: packages.storedBytes(),
  }));
  app.get<{ Params: { name: string } }>(`${patchPath}/packages/:name`, read, (request) => {
    const items = packages.list(request.params.name);
    if (items.length > 0) return { items };
    const message = `The patch store has no package ${request.params.name}.`;
    throw new TarsierError('PACKAGE_NOT_FOUND', message);
  });
  app.get<VersionParams>(`${patchPath}/packages/:name/:version`, read, ({ params }) =>
    packages.get(params.name, params.version),
  );
  app.delete<VersionParams>(`${patchPath}/packages/:name/:version`, publish, ({ params }) =>
    packages.remove(params.name, params.version),
  );
  app.put<{ Params: { name: string }; Body: { version: string } }>(
    `${patchPath}/packages/:name/default`,
    { ...publish, schema: { body: setDefaultBody } },
    ({ params, body }) => packages.setDefault(params.name, body.version),
  );
}

interface UploadParams {
  Params: { id: string };
}

function registerUploadRoutes(app: FastifyInstance, uploads: Uploads): void {
  app.post<{ Body: CreateUploadRequest }>(
    `${patchPath}/uploads`,
    { ...publish, schema: { body: createUploadBody } },
    async ({ body }): Promise<CreateUploadResponse> => {
      const answer = await uploads.create(body);
      return 'id' in answer
        ? { state: 'open', upload: answer }
        : { state: 'present', version: answer };
    },
  );
  app.get<UploadParams>(`${patchPath}/uploads/:id`, publish, ({ params }) =>
    uploads.view(params.id),
  );
  app.patch<UploadParams>(
    `${patchPath}/uploads/:id`,
    publishSlowly,
    ({ params, headers, body }) => {
      const offset = headers[uploadOffsetHeader];
      if (typeof offset !== 'string' || !/^\d{1,15}$/.test(offset) || !(body instanceof Readable)) {
        const message = `A piece of an upload needs the header ${uploadOffsetHeader} and a body of application/octet-stream.`;
        throw new TarsierError('API_REQUEST_INVALID', message);
      }
      return uploads.append(params.id, Number(offset), body);
    },
  );
  app.post<UploadParams>(`${patchPath}/uploads/:id/finish`, publishSlowly, ({ params }) =>
    uploads.finish(params.id),
  );
  app.delete<UploadParams>(`${patchPath}/uploads/:id`, publish, async ({ params }, reply) => {
    await uploads.cancel(params.id);
    return reply.code(204).send();
  });
}
