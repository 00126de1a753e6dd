/** The service over HTTP. */

import { fastify, type FastifyInstance } from 'fastify';
import type { ServiceCommand, ServiceResult } from './counter-machine.ts';
import { holdLock, type Service } from './hold-lock.ts';

interface Named {
  readonly Params: { readonly name: string };
}

const name = { type: 'string', pattern: '^[a-z0-9-]{1,64}$' };
const params = { type: 'object', properties: { name } };
const requestId = { type: 'string', pattern: '^[A-Za-z0-9-]{8,64}$' };

const addSchema = {
  params,
  body: {
    type: 'object',
    required: ['amount'],
    properties: { amount: { type: 'integer' }, requestId },
  },
};

const writeSchema = {
  params,
  body: {
    type: 'object',
    required: ['text', 'token'],
    properties: { text: { type: 'string' }, token: { type: 'integer' } },
  },
};

/** Stopping it (`close`) gives all locks back first. */
export function serve(service: Service): FastifyInstance {
  const server = fastify({ bodyLimit: 64 * 1_024, forceCloseConnections: true });
  serveCounters(server, service);
  serveTexts(server, service);
  serveLocks(server, service);
  return server;
}

function serveCounters(server: FastifyInstance, service: Service): void {
  type Add = Named & { Body: { readonly amount: number; readonly requestId?: string } };
  server.post<Add>('/counters/:name', { schema: addSchema }, async ({ params: path, body }) => {
    const { amount, requestId: id } = body;
    return propose(service, { type: 'add', counter: path.name, amount }, id);
  });
  server.get<Named>('/counters/:name', { schema: { params } }, async ({ params: path }) => {
    // Without it, the answer may be older than one that another process gave before.
    await service.catchUp();
    return { value: service.state.counters.get(path.name) ?? 0 };
  });
}

function serveTexts(server: FastifyInstance, service: Service): void {
  type Write = Named & { Body: { readonly text: string; readonly token: number } };
  server.put<Write>('/texts/:name', { schema: writeSchema }, async (request, reply) => {
    const { text, token } = request.body;
    const command = { type: 'write', lock: request.params.name, text, token } as const;
    const result = await propose(service, command);
    if (result.type === 'write' && !result.accepted) void reply.code(409);
    return result;
  });
  server.get<Named>('/texts/:name', { schema: { params } }, async ({ params: path }, reply) => {
    await service.catchUp();
    return service.state.texts.get(path.name) ?? reply.code(404).send({ message: 'no such text' });
  });
}

/** The answer stays open while the client holds or waits; a line says when it changes. */
function serveLocks(server: FastifyInstance, service: Service): void {
  const holding = new Set<{ stop(): void; readonly ended: Promise<void> }>();
  server.post<Named>('/locks/:name', { schema: { params } }, (request, reply) => {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, { 'content-type': 'application/x-ndjson' });
    raw.flushHeaders();
    const stopping = new AbortController();
    raw.on('close', () => stopping.abort());
    const tell = (token: number | undefined) =>
      raw.write(`${JSON.stringify(token === undefined ? { lost: true } : { token })}\n`);
    const ended = holdLock(service, request.params.name, tell, stopping.signal);
    const one = { stop: () => stopping.abort(), ended };
    holding.add(one);
    void ended.finally(() => {
      holding.delete(one);
      raw.end();
    });
  });
  server.addHook('preClose', async () => {
    const all = [...holding];
    for (const { stop } of all) stop();
    await Promise.allSettled(all.map(({ ended }) => ended));
  });
}

/** A client that got no answer sends the same request id again, and it still counts once. */
async function propose(
  service: Service,
  command: ServiceCommand,
  commandId?: string,
): Promise<ServiceResult | { readonly type: 'counted-before' }> {
  try {
    const options = commandId === undefined ? {} : { commandId };
    return (await service.propose(command, options)).result;
  } catch (error) {
    // It counted, once, so long ago that only the state still knows of it.
    if (isForgotten(error)) return { type: 'counted-before' };
    throw error;
  }
}

function isForgotten(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'COMMAND_RESULT_FORGOTTEN';
}
