/** Opens the link for agents on the controller's HTTP server: `GET /link`, upgraded to WebSocket. */

import websocket from '@fastify/websocket';
import type { FastifyInstance } from 'fastify';
import { frameBytesMax } from '../../link/messages/check-frame.ts';
import { AgentLinks } from './agent-links.ts';
import type { LinkPorts } from './link-ports.ts';

/** Closing `app` sends every agent away in good order. */
export async function registerLink(
  app: FastifyInstance,
  ports: Omit<LinkPorts, 'log'>,
): Promise<AgentLinks> {
  const links = new AgentLinks({ ...ports, log: app.log });
  await app.register(websocket, {
    options: { maxPayload: frameBytesMax, perMessageDeflate: false },
    preClose(done) {
      links.close();
      this.websocketServer.close(() => done());
    },
    errorHandler: (error, socket) => {
      app.log.warn({ err: error }, 'link socket failed');
      socket.terminate();
    },
  });
  // A refused upgrade is answered with HTTP on a socket that the HTTP server no longer watches.
  app.addHook('onResponse', (request, _reply, done) => {
    if (request.headers.upgrade !== undefined) request.raw.socket.destroySoon();
    done();
  });
  // In a scope of its own, so that it is bound after the plug-in that upgrades.
  await app.register(async (scope) => {
    const options = { websocket: true, config: { auth: 'agent' } } as const;
    scope.get('/link', options, (socket, request) => links.accept(socket, request.raw.socket));
  });
  return links;
}
