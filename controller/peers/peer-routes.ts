/** What the controllers of a cluster ask each other: the bytes of blobs. */

import type { FastifyInstance } from 'fastify';
import { peerBlobsPath } from '../../replica/drivers/replicated/http/peer-protocol.ts';
import {
  serveBlobPeer,
  type ServeBlobPeerOptions,
} from '../../replica/drivers/replicated/http/serve-blob-peer.ts';

/** `prefix` stands in front of the paths, for each store of blobs its own. */
export function registerPeerRoutes(
  app: FastifyInstance,
  prefix: string,
  options: ServeBlobPeerOptions,
): void {
  const handle = serveBlobPeer(options);
  app.register(async (scope) => {
    // The handler reads the body itself, as it arrives.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.route({
      method: ['GET', 'HEAD', 'PUT'],
      url: `${prefix}${peerBlobsPath}/:digest`,
      exposeHeadRoute: false,
      config: { auth: 'peer', slowBody: true, rateLimit: false },
      schema: { hide: true },
      handler(request, reply) {
        reply.hijack();
        request.raw.url = request.url.slice(prefix.length);
        handle(request.raw, reply.raw);
      },
    });
  });
}
