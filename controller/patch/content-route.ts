/** Gives the bytes of a package to agents: in ranges, so that a broken download goes on. */

import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { isDigest } from '../../link/packages/package-reference.ts';
import { patchContentPath } from '../../link/packages/patch-api.ts';
import type { Blobs } from '../../replica/core/blobs.ts';
import { parseByteRange } from './byte-range.ts';

type ContentRequest = FastifyRequest<{ Params: { digest: string } }>;

export function registerContentRoute(app: FastifyInstance, blobs: Blobs): void {
  app.route({
    // HEAD is added by the server for every GET.
    method: 'GET',
    url: `${patchContentPath}/:digest`,
    config: { auth: ['agent', 'publish'] },
    handler: (request, reply) => sendContent(blobs, request as ContentRequest, reply),
  });
}

async function sendContent(
  blobs: Blobs,
  request: ContentRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { digest } = request.params;
  const info = isDigest(digest) ? await blobs.has(digest) : undefined;
  if (info === undefined) {
    throw new TarsierError(
      'PACKAGE_NOT_FOUND',
      `There is no package content ${digest.slice(0, 80)}.`,
    );
  }
  const etag = `"${info.digest}"`;
  reply.headers({
    etag,
    'accept-ranges': 'bytes',
    'content-type': 'application/gzip',
    // The address names the bytes: they never change.
    'cache-control': 'private, max-age=31536000, immutable',
  });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();

  const sameContent = (request.headers['if-range'] ?? etag) === etag;
  const range = parseByteRange(sameContent ? request.headers.range : undefined, info.sizeBytes);
  if (range === 'unsatisfiable') {
    return reply.code(416).header('content-range', `bytes */${info.sizeBytes}`).send();
  }
  const { start, end } = range ?? { start: 0, end: info.sizeBytes };
  reply.header('content-length', end - start);
  if (range !== undefined) {
    reply.code(206).header('content-range', `bytes ${start}-${end - 1}/${info.sizeBytes}`);
  }
  // A stream, although an empty one: anything else would set another length.
  if (request.method === 'HEAD') return reply.send(Readable.from([]));
  return reply.send(
    Readable.from(await blobs.get(info.digest, { start, end }), { objectMode: false }),
  );
}
