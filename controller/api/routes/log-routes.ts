/** The output of an instance, streamed from its agent as text or as NDJSON. */

import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { cleanLine } from '../../../registry/status/render/clean-text.ts';
import { problemOf, problemText } from '../problem.ts';
import { described, flag, text } from '../schemas/schema-parts.ts';
import type { LogPiece, LogRequest } from '../status-ports.ts';
import { wantsText } from '../wants-text.ts';
import { refuseWriting } from '../read-only.ts';
import { apiPath, type StatusContext } from './resource-routes.ts';
import { paramsOf, queryOf } from './route-schemas.ts';

interface LogsQuery {
  readonly tail?: number;
  readonly position?: number;
  readonly follow?: boolean;
  readonly contains?: string;
}

/** An error that comes this soon is answered as a problem; a quiet log begins without a line. */
const firstPieceMs = 300;

export function registerLogRoutes(app: FastifyInstance, context: StatusContext): void {
  const url = `${apiPath}/logs/:instance`;
  app.get<{ Params: { instance: string }; Querystring: LogsQuery }>(
    url,
    {
      config: { auth: 'read' },
      schema: {
        summary: 'Lines of an instance, as text or (Accept: application/x-ndjson) as JSON lines',
        tags: ['logs'],
        params: paramsOf('instance'),
        querystring: queryOf({
          tail: { type: 'integer', minimum: 0, maximum: 100_000, default: 100 },
          position: described('Byte position to go on from; wins over `tail`.', {
            type: 'integer',
            minimum: 0,
          }),
          follow: described('Stay connected and send what comes.', flag),
          contains: described('Only lines with this text.', { ...text, maxLength: 1_000 }),
        }),
      },
    },
    (request, reply) => answerLogs(context, request, reply),
  );
  refuseWriting(app, url, context.ports);
}

async function answerLogs(
  { ports, hub }: StatusContext,
  request: FastifyRequest<{ Params: { instance: string }; Querystring: LogsQuery }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  hub.claim(request, reply);
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const pieces = ports.agents.requestLogs(
    request.params.instance,
    logRequest(request.query, gone.signal),
  );
  const iterator = pieces[Symbol.asyncIterator]();
  const first = iterator.next();
  // An agent that is away is told as a problem, which a stream that has begun could not do.
  await Promise.race([first, new Promise((done) => setTimeout(done, firstPieceMs).unref())]);
  const asJson = !wantsText(request) && (request.headers.accept ?? '').includes('json');
  const lines = encodeAll({ first, iterator, asJson, requestId: request.id });
  reply.type(asJson ? 'application/x-ndjson' : 'text/plain; charset=utf-8');
  reply.header('x-accel-buffering', 'no');
  return reply.send(Readable.from(lines));
}

function logRequest(query: LogsQuery, signal: AbortSignal): LogRequest {
  const { tail = 100, position, follow = false, contains } = query;
  return {
    from: position === undefined ? { tailLines: tail } : { position },
    follow,
    ...(contains !== undefined && contains !== '' && { contains }),
    signal,
  };
}

interface Encoding {
  readonly first: Promise<IteratorResult<LogPiece>>;
  readonly iterator: AsyncIterator<LogPiece>;
  readonly asJson: boolean;
  readonly requestId: string;
}

/** An error in the middle becomes the last line: the status was sent long ago. */
async function* encodeAll({
  first,
  iterator,
  asJson,
  requestId,
}: Encoding): AsyncGenerator<string> {
  try {
    for (let next = await first; next.done !== true; next = await iterator.next()) {
      const { lines, position } = next.value;
      if (asJson) yield `${JSON.stringify({ lines, position })}\n`;
      else yield lines.map((line) => `${cleanLine(line)}\n`).join('');
    }
  } catch (error) {
    const problem = problemOf(error, requestId);
    if (asJson) yield `${JSON.stringify({ problem })}\n`;
    else yield problemText(problem);
  } finally {
    await iterator.return?.();
  }
}
