/** Bounds how long a request may take to arrive, without cutting long uploads. */

import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Node has one request time-out for all routes, and it would cut a large package. So each request
 * gets its own timer from its headers to the end of its body, except where `config.slowBody` is set.
 */
export function installBodyDeadline(app: FastifyInstance, timeoutMs: number): void {
  const timers = new WeakMap<FastifyRequest, NodeJS.Timeout>();
  const stop = (request: FastifyRequest): void => clearTimeout(timers.get(request));
  app.addHook('onRequest', async (request) => {
    if (request.raw.complete || request.routeOptions.config.slowBody === true) return;
    const { socket } = request.raw;
    timers.set(
      request,
      setTimeout(() => {
        socket.end(
          'HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n',
        );
        socket.destroySoon();
      }, timeoutMs),
    );
  });
  app.addHook('preValidation', async (request) => stop(request));
  app.addHook('onResponse', async (request) => stop(request));
  app.addHook('onRequestAbort', async (request) => stop(request));
}
