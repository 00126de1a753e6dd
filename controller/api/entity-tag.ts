/** Entity tags over what an answer means, so that polling an unchanged list costs no bandwidth. */

import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** The clock and the age of evidence move all the time and change nothing that is said. */
const movingFields = new Set(['asOf', 'revision', 'evidenceAt', 'lastLookAt']);

/**
 * Sets a weak ETag and answers `true` when the client has it: then the answer is 304, and says that
 * all of it is still so. The tag depends on the representation and on nothing of the client.
 */
export function isUnchanged(
  request: FastifyRequest,
  reply: FastifyReply,
  content: unknown,
): boolean {
  const json = JSON.stringify(content, (name, value: unknown) =>
    movingFields.has(name) ? undefined : value,
  );
  const digest = createHash('sha256').update(json).digest('base64url').slice(0, 22);
  const tag = `W/"${digest}"`;
  reply.header('etag', tag);
  const known = (request.headers['if-none-match'] ?? '').split(',').map((part) => part.trim());
  return known.includes(tag);
}
