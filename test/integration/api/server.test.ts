/** The server's own promises: authorization, limits, problem bodies, time-outs, refusals. */

import { mkdtemp, readFile, rm, stat, chmod } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import { listenApi } from '../../../controller/api/listen.ts';
import { createApiServer, type ApiServerOptions } from '../../../controller/api/server.ts';
import { openTokens } from '../../../controller/api/tokens.ts';

let folder: string;
let closing: (() => Promise<unknown>)[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tarsier-api-'));
  closing = [];
});

afterEach(async () => {
  for (const close of closing) await close();
  await rm(folder, { recursive: true, force: true });
});

const parameters = { type: 'object', properties: { limit: {}, node: {} } };

async function makeServer(options: Partial<ApiServerOptions> = {}): Promise<FastifyInstance> {
  const tokens = await openTokens(join(folder, 'tokens'));
  const app = await createApiServer({
    address: { host: '127.0.0.1', port: 0 },
    tokens,
    ...options,
  });
  closing.push(() => app.close());
  app.get('/open', { config: { auth: 'public' } }, async () => ({ ok: true }));
  app.get(
    '/read/:name',
    { config: { auth: 'read' }, schema: { querystring: parameters } },
    async () => ({ ok: true }),
  );
  app.post('/publish', { config: { auth: 'publish' } }, async (request) => ({ got: request.body }));
  app.post('/upload', { config: { auth: 'public', slowBody: true } }, async () => ({ ok: true }));
  app.get('/agent', { config: { auth: ['agent', 'publish'] } }, async () => ({ ok: true }));
  app.get('/throws', { config: { auth: 'public' } }, async () => {
    throw new Error('secret path /etc/shadow');
  });
  return app;
}

const token = (kind: string): Promise<string> =>
  readFile(join(folder, 'tokens', kind), 'utf8').then((text) => text.trim());

/** Self-signed for localhost, for tests alone. */
const testCertificate = async () => ({
  key: await readFile('test/fixtures/tls/localhost.key', 'utf8'),
  cert: await readFile('test/fixtures/tls/localhost.crt', 'utf8'),
});

const bearer = async (kind: string) => ({ authorization: `Bearer ${await token(kind)}` });

describe('tokens', () => {
  test('are made once, 0600, 32 bytes, and stay', async () => {
    await openTokens(join(folder, 'tokens'));
    const first = await token('agent');
    expect(Buffer.from(first, 'base64url')).toHaveLength(32);
    expect((await stat(join(folder, 'tokens', 'agent'))).mode & 0o777).toBe(0o600);
    const again = await openTokens(join(folder, 'tokens'));
    expect(await token('agent')).toBe(first);
    expect(again.matches('agent', first)).toBe(true);
    expect(again.matches('publish', first)).toBe(false);
    expect(again.matches('agent', `${first}x`)).toBe(false);
  });

  test('that others can read are refused', async () => {
    await openTokens(join(folder, 'tokens'));
    await chmod(join(folder, 'tokens', 'read'), 0o644);
    await expect(openTokens(join(folder, 'tokens'))).rejects.toMatchObject({
      code: 'API_TOKEN_UNSAFE',
    });
  });

  test('made by two at once are the same for both', async () => {
    const both = await Promise.all([1, 2].map(() => openTokens(join(folder, 'tokens'))));
    const held = await token('publish');
    expect(both.map((tokens) => tokens.matches('publish', held))).toEqual([true, true]);
  });
});

describe('authorization', () => {
  test('a route that does not say who may call it stops the start', async () => {
    const app = await makeServer();
    expect(() => app.get('/silent', async () => 'x')).toThrow(/does not say who may call it/);
  });

  const cases: [name: string, request: string, token: string | undefined, status: number][] = [
    ['read is open on loopback', 'GET /read/a', undefined, 200],
    ['publish needs its token', 'POST /publish', undefined, 401],
    ['publish refuses the agent token', 'POST /publish', 'agent', 401],
    ['publish takes its token', 'POST /publish', 'publish', 200],
    ['an encoded path finds the same rule', 'POST /%70ublish', undefined, 401],
    ['a list admits any of its kinds', 'GET /agent', 'publish', 200],
    ['a list refuses the others', 'GET /agent', 'read', 401],
  ];
  test.each(cases)('%s', async (_name, target, kind, status) => {
    const [method, url = ''] = target.split(' ');
    const app = await makeServer();
    const headers = kind === undefined ? {} : await bearer(kind);
    const answer = await app.inject({ method: method as 'GET', url, headers });
    expect(answer.statusCode).toBe(status);
    if (status === 401) expect(answer.json()).toMatchObject({ code: 'API_UNAUTHORIZED' });
  });

  test('beyond loopback read needs a token too, and publish and admin may read', async () => {
    const app = await makeServer({
      address: { host: '0.0.0.0', port: 0 },
      tls: await testCertificate(),
    });
    expect((await app.inject('/read/a')).statusCode).toBe(401);
    for (const kind of ['read', 'publish', 'admin']) {
      const headers = await bearer(kind);
      expect((await app.inject({ url: '/read/a', headers })).statusCode).toBe(200);
    }
    expect((await app.inject({ url: '/read/a', headers: await bearer('agent') })).statusCode).toBe(
      401,
    );
  });
});

describe('refusals', () => {
  test('another host name on loopback is DNS rebinding', async () => {
    const app = await makeServer({ allowedHosts: ['console.example'] });
    const ask = (host: string) => app.inject({ url: '/open', headers: { host } });
    expect((await ask('evil.example')).json()).toMatchObject({ code: 'API_HOST_REFUSED' });
    for (const host of ['127.0.0.1:7400', 'localhost', '[::1]:7400', 'console.example:80']) {
      expect((await ask(host)).statusCode).toBe(200);
    }
  });

  test('an unknown query parameter is named, with the nearest one', async () => {
    const app = await makeServer();
    const answer = await app.inject('/read/a?limt=3');
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({
      code: 'API_UNKNOWN_PARAMETER',
      detail: 'Unknown query parameter "limt". Did you mean "limit"?',
      hint: 'Known here: limit, node.',
    });
  });

  test('an unforeseen failure gives nothing away', async () => {
    const app = await makeServer();
    const answer = await app.inject('/throws');
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('shadow');
    expect(answer.json()).toMatchObject({ code: 'DEFECT', requestId: expect.any(String) });
  });

  test('a path that does not exist gets the nearest one, as text when asked', async () => {
    const app = await makeServer();
    const answer = await app.inject({ url: '/opne', headers: { accept: 'text/plain' } });
    expect(answer.statusCode).toBe(404);
    expect(answer.body).toBe(
      'error[API_NOT_FOUND]: There is no GET /opne.\n  Did you mean /open?\n',
    );
  });

  test.each([
    ['too large', { payload: 'x'.repeat(300_000) }, 413, 'API_BODY_TOO_LARGE'],
    ['not JSON', { payload: '{"a":' }, 400, 'API_REQUEST_INVALID'],
    ['prototype pollution', { payload: '{"__proto__":{"x":1}}' }, 400, 'API_REQUEST_INVALID'],
  ])('a body that is %s', async (_name, { payload }, status, code) => {
    const app = await makeServer();
    const headers = { ...(await bearer('publish')), 'content-type': 'application/json' };
    const answer = await app.inject({ method: 'POST', url: '/publish', headers, payload });
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ code });
  });

  test('too many requests of one address', async () => {
    const app = await makeServer({ limits: { requestsPerMinute: 2 } });
    await app.inject('/open');
    await app.inject('/open');
    const third = await app.inject('/open');
    expect(third.statusCode).toBe(429);
    expect(third.json()).toMatchObject({ code: 'API_RATE_LIMITED' });
    expect(third.headers['retry-after']).toBeDefined();
  });

  test('strict headers on every answer', async () => {
    const app = await makeServer();
    const { headers } = await app.inject('/open');
    expect(headers['content-security-policy']).toBe(
      "default-src 'none';frame-ancestors 'none';base-uri 'none'",
    );
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });
});

/** What the server sends until it closes the socket, and after how long. */
async function drip(port: number, text: string): Promise<{ answer: string; afterMs: number }> {
  const began = performance.now();
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => (answer += String(chunk)));
  socket.on('error', () => undefined);
  socket.write(text);
  const more = setInterval(() => socket.writable && socket.write('x'), 100);
  await new Promise((done) => socket.once('close', done));
  clearInterval(more);
  return { answer, afterMs: performance.now() - began };
}

describe('listening', () => {
  test.each(['0.0.0.0', '::', '10.0.0.1', 'example.com'])(
    'on %s without TLS is refused',
    async (host) => {
      const start = makeServer({ address: { host, port: 7400 } });
      await expect(start).rejects.toMatchObject({
        code: 'API_LISTEN_UNSAFE',
        hint: expect.stringContaining('--tls-cert FILE and --tls-key FILE'),
      });
    },
  );

  test('a taken port names the process in the way', async () => {
    const holder: Server = createServer();
    await new Promise<void>((done) => holder.listen(0, '127.0.0.1', done));
    closing.push(() => new Promise((done) => holder.close(done)));
    const { port } = holder.address() as AddressInfo;
    const app = await makeServer();
    const failure = await listenApi(app, { host: '127.0.0.1', port }).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(TarsierError);
    expect(failure).toMatchObject({
      code: 'API_PORT_TAKEN',
      message: expect.stringMatching(
        new RegExp(`Cannot listen on 127.0.0.1:${port}: the port is taken by pid ${process.pid} `),
      ),
      hint: expect.stringContaining('--listen HOST:PORT'),
    });
  });

  test('slow headers and slow bodies are cut, slow uploads are not', async () => {
    const app = await makeServer({ limits: { headersTimeoutMs: 400, bodyTimeoutMs: 400 } });
    const url = new URL(await listenApi(app, { host: '127.0.0.1', port: 0 }));
    const port = Number(url.port);
    const head = `Host: ${url.host}\r\nContent-Type: application/json\r\nContent-Length: 20\r\n`;
    const auth = `Authorization: Bearer ${await token('publish')}\r\n`;
    const [headers, body, upload] = await Promise.all([
      drip(port, 'GET /open HTTP/1.1\r\nX-Slow: '),
      drip(port, `POST /publish HTTP/1.1\r\n${head}${auth}\r\n`),
      drip(port, `POST /upload HTTP/1.1\r\n${head}Connection: close\r\n\r\n`),
    ]);
    expect(headers.answer).toContain('408');
    expect(headers.afterMs).toBeLessThan(5_000);
    expect(body.answer).toContain('408');
    expect(body.afterMs).toBeLessThan(1_900);
    // Twenty bytes at ten a second: the answer is that they are no JSON, not a time-out.
    expect(upload.answer).toContain('400');
    expect(upload.afterMs).toBeGreaterThan(1_500);
  });
});
