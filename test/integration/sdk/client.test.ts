/** The client over real HTTP: errors that say what to do, pages, and streams that outlive a restart. */

import { createServer, type Server } from 'node:http';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from 'undici';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import { listenApi } from '../../../controller/api/listen.ts';
import { createApiServer } from '../../../controller/api/server.ts';
import { openTokens } from '../../../controller/api/tokens.ts';
import type { LogPiece, LogRequest } from '../../../controller/api/status-ports.ts';
import { listKeys } from '../../../registry/status/list-keys.ts';
import { TarsierClient } from '../../../sdk/typescript/client.ts';
import { cart, order, startShopServer } from '../../support/status/shop-server.ts';
import { startStatusServer, type StatusServer } from '../../support/status/status-server.ts';

const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 15_000, interval: 20 });

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

function connect(serverUrl: string, token?: string): TarsierClient {
  const client = new TarsierClient({ serverUrl, ...(token !== undefined && { token }) });
  closing.push(() => client.close());
  return client;
}

/** Something at the address that is no controller. */
async function serveForeign(status: number, body: string): Promise<string> {
  const server: Server = createServer((_request, response) => {
    response.writeHead(status).end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closing.push(() => new Promise((done) => server.close(done)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function failureOf(promise: Promise<unknown>): Promise<TarsierError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TarsierError);
  return error as TarsierError;
}

describe('errors', () => {
  test('nobody listens there: which URL, and what to do', async () => {
    const url = await serveForeign(200, '');
    await closing.pop()?.();
    const error = await failureOf(connect(url).read('status'));
    expect(error).toMatchObject({
      code: 'API_UNREACHABLE',
      message: `Cannot reach the controller at ${url}: nothing listens there.`,
      hint: 'Start one with tarsctl dev or tarsctl controller, or name another with --server URL or TARSIER_SERVER.',
    });
  });

  test('no such host', async () => {
    const error = await failureOf(connect('http://no-such-host.invalid:1').read('cluster'));
    expect(error.code).toBe('API_UNREACHABLE');
    expect(error.message).toMatch(/the host name cannot be looked up|there is no such host/);
  });

  test.each(['', 'localhost:7400', 'ftp://x'])('"%s" is no URL of a controller', (serverUrl) => {
    expect(() => new TarsierClient({ serverUrl })).toThrow(/is not the URL of a controller/);
  });

  test.each([
    [200, '<html>', 'API_ANSWER_INVALID'],
    [404, 'not here', 'API_ANSWER_INVALID'],
    [502, 'bad gateway', 'API_UNAVAILABLE'],
    [
      409,
      '{"code":"FROM_THE_FUTURE","detail":"It is new.","hint":"Do that."}',
      'API_ANSWER_INVALID',
    ],
    [500, '{"code":"__proto__","detail":"x"}', 'API_ANSWER_INVALID'],
  ])('%d with %s is no controller of this version', async (status, body, code) => {
    const error = await failureOf(connect(await serveForeign(status, body)).read('status'));
    expect(error.code).toBe(code);
    if (body.includes('FUTURE')) {
      expect(error).toMatchObject({
        message: 'It is new.',
        hint: 'Do that.',
        details: { code: 'FROM_THE_FUTURE' },
      });
    }
  });
});

async function* failing(
  pieces: readonly LogPiece[],
  error: TarsierError,
): AsyncGenerator<LogPiece> {
  yield* pieces;
  throw error;
}

async function readLog(client: TarsierClient, instance: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const piece of client.logs(instance, {})) lines.push(...piece.lines);
  return lines;
}

test('over TLS: an unknown certificate is refused with what to do, a known one serves', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tarsier-tls-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const cert = await readFile('test/fixtures/tls/localhost.crt', 'utf8');
  const key = await readFile('test/fixtures/tls/localhost.key', 'utf8');
  const address = { host: '127.0.0.1', port: 0 };
  const app = await createApiServer({
    address,
    tokens: await openTokens(folder),
    tls: { cert, key },
  });
  closing.push(() => app.close());
  app.get('/api/v1/cluster', { config: { auth: 'read' } }, () => ({ item: { name: 'tls' } }));
  const url = await listenApi(app, address);
  expect(url).toMatch(/^https:/);
  const error = await failureOf(connect(url).read('cluster'));
  expect(error).toMatchObject({
    code: 'API_UNREACHABLE',
    message: `Cannot reach the controller at ${url}: its certificate is self-signed.`,
    hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
  });
  const dispatcher = new Agent({ connect: { ca: cert } });
  closing.push(() => dispatcher.close());
  const client = new TarsierClient({ serverUrl: url, dispatcher });
  expect((await client.read('cluster')).item.name).toBe('tls');
});

describe('a controller', () => {
  let server: StatusServer;
  let client: TarsierClient;

  beforeEach(async () => {
    server = await startShopServer();
    closing.push(() => server.close());
    client = connect(await server.listen());
  });

  test('answers every question of the client', async () => {
    expect((await client.read('cluster')).item.name).toBe('shop');
    expect((await client.read('source')).item.branch).toBe('main');
    expect((await client.read('status')).item.problems).toHaveLength(1);
    expect((await client.get('services', `sz/${cart}`)).item.health).toBe('Healthy');
    expect((await client.get('instances', `${order}@sz-1`)).item.phase).toBe('backoff');
    expect((await client.get('rollouts', `sz/${order}`)).item.phase).toBe('Stalled');
    expect((await client.why('sz-1')).item.kind).toBe('node');
    expect((await client.why(order)).item.reason).toBe('CrashLoop');
    const desired = await client.desired();
    const scope = await client.scope(`sz/${cart}`);
    expect(desired.scopes[`sz/${cart}`]).toBe(scope.desired.digest);
    const [digest = ''] = Object.keys(scope.desired.revisions);
    expect((await client.revision(digest)).content.service).toBe(cart);
    const problem = await failureOf(client.get('nodes', 'sz-11'));
    expect(problem).toMatchObject({
      code: 'API_NOT_FOUND',
      message: 'There is no Node "sz-11". Did you mean "sz-1"?',
      hint: 'tarsctl get nodes lists them.',
    });
  });

  test('lists all pages', async () => {
    const names = Array.from({ length: 25 }, (_, index) => `n-${String(index).padStart(4, '0')}`);
    await server.fleet.commit('many', { nodes: names });
    const { items, total } = await client.list('nodes', { limit: 7 });
    expect(total).toBe(28);
    expect(new Set(items.map(listKeys.nodes)).size).toBe(28);
    expect((await client.list('nodes', { dataCenter: 'n', limit: 7 })).items).toHaveLength(25);
  });

  test('streams a log: what it has, what comes, and only what is asked', async () => {
    const asked: LogRequest[] = [];
    server.logs = async function* (instance, request): AsyncGenerator<LogPiece> {
      asked.push(request);
      yield { lines: [`${instance} one`, 'two'], position: 10 };
      yield { lines: ['three'], position: 16 };
    };
    const lines: string[] = [];
    for await (const piece of client.logs(`${cart}@sz-1`, { tail: 5, contains: 'o' })) {
      lines.push(...piece.lines);
    }
    expect(lines).toEqual([`${cart}@sz-1 one`, 'two', 'three']);
    expect(asked[0]).toMatchObject({ from: { tailLines: 5 }, follow: false, contains: 'o' });
    const text = await server.app.inject({
      url: `/api/v1/logs/${cart}@sz-1?position=3`,
      headers: { accept: 'text/plain' },
    });
    expect(text.body).toBe(`${cart}@sz-1 one\ntwo\nthree\n`);
    expect(asked[1]).toMatchObject({ from: { position: 3 } });
  });

  test('an agent that is away is a problem at once, and the last line later', async () => {
    const away = new TarsierError('AGENT_OFFLINE', 'The agent of node sz-1 is not connected.');
    server.logs = () => failing([], away);
    expect(await failureOf(readLog(client, 'x@sz-1'))).toMatchObject({ code: 'AGENT_OFFLINE' });
    const answer = await server.app.inject('/api/v1/logs/x@sz-1');
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ code: 'AGENT_OFFLINE' });
    server.logs = () => failing([{ lines: ['last words'], position: 11 }], away);
    expect(await failureOf(readLog(client, 'x@sz-1'))).toMatchObject({ code: 'AGENT_OFFLINE' });
    const text = await server.app.inject({
      url: '/api/v1/logs/x@sz-1',
      headers: { accept: 'text/plain' },
    });
    expect(text.body).toMatch(/^last words\nerror\[AGENT_OFFLINE\]: The agent of node sz-1/);
  });

  test('follows a log over a loss of the agent without losing or repeating a line', async () => {
    const written = Array.from({ length: 40 }, (_, index) => `line ${index}`);
    let gone = 0;
    server.logs = async function* (_instance, { from }) {
      let position = 'position' in from ? from.position : 0;
      for (; position < written.length; position += 1) {
        if (position % 7 === 3 && gone === Math.floor(position / 7)) {
          gone += 1;
          throw new TarsierError('AGENT_OFFLINE', 'The agent is away.');
        }
        yield { lines: [written[position] ?? ''], position: position + 1 };
      }
      await new Promise(() => undefined);
    };
    const ends = new AbortController();
    const lines: string[] = [];
    const retries: (string | undefined)[] = [];
    const pieces = client.logs(
      `${cart}@sz-1`,
      { follow: true },
      { signal: ends.signal, onRetry: (error) => retries.push(error?.code) },
    );
    for await (const piece of pieces) {
      lines.push(...piece.lines);
      if (lines.length >= written.length) ends.abort();
    }
    expect(lines).toEqual(written);
    expect(retries.every((code) => code === 'AGENT_OFFLINE')).toBe(true);
    expect(retries.length).toBe(gone);
  });

  test('a log that nobody reads any more is stopped at its source', async () => {
    let stopped = false;
    server.logs = async function* (_instance, { signal }) {
      try {
        for (let position = 1; ; position += 1) {
          signal?.throwIfAborted();
          yield { lines: ['x'.repeat(1_000)], position };
          await new Promise((done) => setImmediate(done));
        }
      } finally {
        stopped = true;
      }
    };
    const pieces = client.logs(`${cart}@sz-1`, { follow: true });
    await pieces.next();
    await pieces.return();
    await eventually(() => expect(stopped).toBe(true));
  });
});

test('a watch outlives a restart of the controller, and begins anew when it must', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'tarsier-sdk-'));
  closing.push(() => rm(dataDir, { recursive: true, force: true }));
  let server = await startStatusServer({ dataDir });
  await server.fleet.commit('one', { nodes: ['sz-1'] });
  const url = await server.listen();
  const client = connect(url);
  const ends = new AbortController();
  const held = new Set<string>();
  let syncs = 0;
  const done = (async () => {
    for await (const event of client.watch('nodes', { signal: ends.signal })) {
      if (event.type === 'sync' && event.first) {
        held.clear();
        syncs += 1;
      }
      for (const { name } of event.items) held.add(name);
      if (event.type === 'change') for (const key of event.removed) held.delete(key);
    }
  })();
  await eventually(() => expect([...held]).toEqual(['sz-1']));
  await server.close();
  server = await startStatusServer({ dataDir });
  await server.fleet.commit('two', { nodes: ['sz-2'], removeNodes: ['sz-1'] });
  await server.listen(Number(new URL(url).port));
  await eventually(() => expect([...held]).toEqual(['sz-2']));
  expect(syncs).toBe(2);
  ends.abort();
  await done;
  await server.close();
});
