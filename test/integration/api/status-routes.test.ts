/** The status API over a real registry: filters, tags, text, refusals. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cart, nodes, order, startShopServer } from '../../support/status/shop-server.ts';
import type { StatusServer } from '../../support/status/status-server.ts';

let server: StatusServer;

beforeAll(async () => {
  server = await startShopServer();
});

afterAll(() => server.close());

async function get(path: string, headers: Record<string, string> = {}) {
  const answer = await server.app.inject({ url: `/api/v1${path}`, headers });
  return { status: answer.statusCode, headers: answer.headers, text: answer.body };
}

const json = async (path: string) => JSON.parse((await get(path)).text);
const plain = { accept: 'text/plain' };

describe('lists', () => {
  const filters: [query: string, keys: string[]][] = [
    ['services?dataCenter=sh', [`sh/${cart}`]],
    [`services?service=${cart}`, [`sh/${cart}`, `sz/${cart}`]],
    ['services?health=down', [`sz/${order}`]],
    ['services?label=team', [`sz/${cart}`]],
    ['services?label=team=checkout', [`sz/${cart}`]],
    ['services?label=team=other', []],
    ['services?label=constructor', []],
    ['services?dataCenter=sz&health=Healthy', [`sz/${cart}`]],
    ['instances?node=sz-1', [`${cart}@sz-1`, `${order}@sz-1`]],
    ['instances?phase=backoff', [`${order}@sz-1`]],
    ['nodes?dataCenter=sz&label=rack=r1', ['sz-1', 'sz-2']],
    ['endpoints?active=true&dataCenter=sh', [`${cart}@sh-1`]],
    ['events?reason=NodeConnected&name=sh-1', ['sh-1']],
    ['events?reason=NodeConnected&node=sh-1', ['sh-1']],
    [`events?service=${cart}&reason=ScopeAdded`, [`sz/${cart}`, `sh/${cart}`]],
    ['events?node=sz-1&kind=Instance', [`${cart}@sz-1`, `${order}@sz-1`]],
    ['faults?path=a', ['a.yaml']],
    ['packages?package=Shop.OrderServer', [order]],
    ['problems?severity=error', [`sz/${order}`]],
    ['rollouts?phase=stalled', [`sz/${order}`]],
  ];
  test.each(filters)('%s', async (query, keys) => {
    const { items, total } = await json(`/${query}`);
    const found = items.map((item: Record<string, string> & { subject?: { name: string } }) =>
      item['scope'] && query.startsWith('instances')
        ? item['id']
        : (item['scope'] ??
          item['name'] ??
          item['instance'] ??
          item['path'] ??
          item['package'] ??
          item.subject?.name),
    );
    expect(found).toEqual(keys);
    expect(total).toBe(keys.length);
  });

  test.each([
    ['a cursor of another list', '/nodes?cursor=c2VydmljZXMKeA', 'API_CURSOR_INVALID'],
    ['a cursor that is none', '/nodes?cursor=%00%ff', 'API_CURSOR_INVALID'],
    ['too large a page', '/nodes?limit=1000000000', 'API_REQUEST_INVALID'],
    ['a page of nothing', '/nodes?limit=0', 'API_REQUEST_INVALID'],
    ['a filter of another list', '/nodes?phase=running', 'API_UNKNOWN_PARAMETER'],
    ['a filter given twice', '/nodes?health=a&health=b', 'API_REQUEST_INVALID'],
  ])('%s is refused', async (_name, path, code) => {
    expect(await get(path)).toMatchObject({ status: 400 });
    expect(await json(path)).toMatchObject({ code });
  });
});

describe('tags', () => {
  const paths = [
    '/status',
    '/cluster',
    '/source',
    '/services',
    `/services/sz/${cart}`,
    `/why/any/${cart}`,
    '/events',
  ];
  test.each(paths)('%s is 304 while nothing but time passes', async (path) => {
    const first = await get(path);
    const tag = String(first.headers['etag']);
    server.fleet.pass(2_000);
    const again = await get(path, { 'if-none-match': tag });
    expect(again).toMatchObject({ status: path.startsWith('/why') ? 200 : 304 });
    if (!path.startsWith('/why')) expect(again.text).toBe('');
  });
});

describe('text', () => {
  test.each([
    ['/status', /PROBLEMS \(\d\)[\s\S]*tarsctl why sz\/Shop\.OrderServer/],
    ['/cluster', /cluster\s+shop/],
    ['/source', /repository\s+https:\/\/git\.example/],
    ['/services', /^SERVICE\s+SYNC\s+HEALTH\s+APPROVAL\s+ROLLOUT/],
    [`/services/sz/${cart}`, /INSTANCES\nINSTANCE\s+DC[\s\S]*EVENTS/],
    [`/instances/${order}@sz-1`, /last exit\s+exit code 3/],
    ['/nodes/sz-1', /node\s+sz-1[\s\S]*INSTANCES/],
    [`/rollouts/sz/${order}`, /STEPS/],
    [`/why/any/${order}`, /NOT RUNNING: CrashLoop/],
    ['/packages', /^PACKAGE\s+VERSION/],
    ['/events', /NodeConnected/],
    ['/faults', /a\.yaml:1:2\s+SPEC_UNKNOWN_FIELD/],
    ['/instances?service=No.Such', /^No instances\.\n$/],
    ['/instances?limit=1', /… 1 of 4 instances; next page: \?cursor=/],
  ])('%s', async (path, expected) => {
    const { status, text, headers } = await get(path, plain);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(text).toMatch(expected);
    expect(text.split('\n').every((line) => line === line.trimEnd())).toBe(true);
  });

  test('browsers and curl get JSON', async () => {
    for (const accept of ['*/*', 'application/json', 'text/html,application/xhtml+xml,*/*;q=0.8']) {
      expect((await get('/status', { accept })).headers['content-type']).toContain('json');
    }
  });
});

describe('objects', () => {
  test('a service by its name alone, when it is in one place', async () => {
    expect(await json(`/services/${order}`)).toMatchObject({ item: { scope: `sz/${order}` } });
    expect(await json(`/services/sz%2F${order}`)).toMatchObject({ item: { scope: `sz/${order}` } });
    expect(await json(`/services/${cart}`)).toMatchObject({
      code: 'API_NOT_FOUND',
      hint: `One of: sh/${cart}, sz/${cart}.`,
    });
  });

  test.each([
    ['/nodes/sz-3', 'There is no Node "sz-3". Did you mean "sz-1"?'],
    [
      '/services/sz/Shop.CartSever',
      'There is no Service "sz/Shop.CartSever". Did you mean "sz/Shop.CartServer"?',
    ],
    [
      '/why/any/Shop.CartSever',
      'No service "Shop.CartSever" is known. Did you mean "Shop.CartServer"?',
    ],
    ['/scopes/sz/Nothing', 'Nothing is in force for sz/Nothing.'],
    ['/revisions/sha256:00', 'No revision sha256:00 is in force or on its way out.'],
  ])('%s does not exist', async (path, detail) => {
    expect(await get(path)).toMatchObject({ status: 404 });
    expect(await json(path)).toMatchObject({ code: 'API_NOT_FOUND', detail });
  });

  test('a revision shows what runs, with secrets masked', async () => {
    const { items } = await json('/revisions');
    const digest = items[0].instanceRevisions[0].digest;
    const { content } = await json(`/revisions/${digest}`);
    expect(content.env).toEqual({ LEVEL: 'info', DB_PASSWORD: '******' });
    expect(content.files[0].content).toBe('port = 9000\napi_token: ******\n');
  });

  test('the scope in force is handed through whole, for plans', async () => {
    const record = server.fleet.state.scopes.get(`sz/${cart}`);
    expect(await json(`/scopes/sz/${cart}`)).toMatchObject({
      generation: 1,
      desired: JSON.parse(JSON.stringify(record?.desired)),
    });
    const desired = await json('/desired');
    expect(desired.scopes[`sz/${cart}`]).toBe(record?.desired.digest);
    expect(desired.nodes.map(({ name }: { name: string }) => name)).toEqual(nodes);
    expect(desired.cluster.name).toBe('shop');
  });
});

describe('writing', () => {
  test.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)(
    '%s points to the file in Git',
    async (method) => {
      const answer = await server.app.inject({ method, url: `/api/v1/services/sz/${cart}` });
      expect(answer.statusCode).toBe(405);
      expect(answer.headers['allow']).toBe('GET, HEAD');
      expect(answer.json()).toMatchObject({
        code: 'API_METHOD_NOT_ALLOWED',
        detail: `${method} is not how Service sz/${cart} changes: status is read-only, and what runs follows Git.`,
        hint: expect.stringMatching(
          /^Edit apps\/shop\.cartserver\.yaml:1 in https:\/\/git\.example\/shop\/fleet\.git \(branch main\), commit and push\. In force is commit [0-9a-f]{12}\.$/,
        ),
        details: { file: 'apps/shop.cartserver.yaml:1' },
      });
    },
  );

  test('every status route refuses every writing verb', async () => {
    const document = (await server.app.inject('/openapi.json')).json();
    const paths = Object.keys(document.paths).filter(
      (path) => path.startsWith('/api/v1/') && document.paths[path].get !== undefined,
    );
    expect(paths.length).toBeGreaterThan(15);
    for (const path of paths) {
      const url = path.replace('{kind}', 'node').replaceAll(/\{\w+\}/g, 'x');
      for (const method of ['POST', 'DELETE'] as const) {
        const { statusCode } = await server.app.inject({ method, url });
        expect([method, url, statusCode]).toEqual([method, url, 405]);
      }
      const head = await server.app.inject({ method: 'HEAD', url });
      expect(head.statusCode).not.toBe(405);
    }
  });
});

describe('hostile requests', () => {
  test.each([
    ['a name of 300 letters', `/api/v1/nodes/${'x'.repeat(300)}`, 400],
    ['a doubled slash', '//api/v1/nodes', 404],
    ['dots in the path', '/api/v1/nodes/..%2f..%2fetc%2fpasswd', 404],
    ['a NUL in a name', '/api/v1/nodes/a%00b', 404],
    ['a broken escape', '/api/v1/nodes/%zz', 400],
    ['the prototype as a parameter', '/api/v1/nodes?__proto__=1', 400],
    ['the constructor as a parameter', '/api/v1/nodes?constructor=1', 400],
    ['the prototype as a kind', '/api/v1/why/__proto__/x', 400],
    ['the prototype as a name', '/api/v1/why/any/__proto__', 404],
    ['a digest that is a key of objects', '/api/v1/revisions/constructor', 404],
    ['a thousand parameters', `/api/v1/nodes?${'a=1&'.repeat(1_000)}`, 400],
    ['a negative revision', '/api/v1/nodes?since=-1', 400],
    ['a revision that is no number', '/api/v1/nodes?since=abc', 400],
    ['a log of nothing', '/api/v1/logs/x?tail=1e9', 400],
  ])('%s', async (_name, url, status) => {
    const answer = await server.app.inject(url);
    expect([answer.statusCode, answer.json().status]).toEqual([status, status]);
    expect(answer.body).not.toContain('node_modules');
  });

  test('HEAD never opens a stream', async () => {
    const answer = await server.app.inject({ method: 'HEAD', url: '/api/v1/status?watch' });
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toBe('');
  });
});
