/** Whether a client asked for what the command line would print. */

import type { FastifyRequest } from 'fastify';

/** True when `text/plain` comes before JSON and wildcards in the Accept header. */
export function wantsText(request: FastifyRequest): boolean {
  for (const part of (request.headers.accept ?? '').split(',')) {
    const type = part.split(';')[0]?.trim().toLowerCase();
    if (type === 'text/plain') return true;
    if (type === 'application/json' || type === '*/*' || type === 'application/*') return false;
  }
  return false;
}
