/** Refuses requests to a loopback controller that name another host: the mark of DNS rebinding. */

import type { FastifyInstance } from 'fastify';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { isLoopback } from './listen.ts';

/** `allowedHosts`: further names, such as that of a reverse proxy on this machine. */
export function installHostCheck(app: FastifyInstance, allowedHosts: readonly string[]): void {
  const allowed = new Set(allowedHosts.map((host) => host.toLowerCase()));
  app.addHook('onRequest', async (request) => {
    const host = hostName(request.headers.host ?? '');
    if (isLoopback(host) || allowed.has(host)) return;
    throw new TarsierError(
      'API_HOST_REFUSED',
      `This controller listens on loopback and does not answer for the host ${JSON.stringify(host)}.`,
    );
  });
}

function hostName(header: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(header)?.[1];
  return (bracketed ?? header.replace(/:\d*$/, '')).toLowerCase();
}
