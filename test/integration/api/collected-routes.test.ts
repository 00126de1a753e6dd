/** Notifications, counters and commands over HTTP and on the command line. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { resourceSchemas } from '../../../controller/api/schemas/resource-schemas.ts';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import { CommandClient } from '../../../sdk/typescript/command-client.ts';
import { TarsierClient } from '../../../sdk/typescript/client.ts';
import { tarsctl } from '../../support/e2e/tarsctl.ts';
import { cart, startShopServer } from '../../support/status/shop-server.ts';
import type { StatusServer } from '../../support/status/status-server.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let server: StatusServer;
let url: string;
let token: string;

beforeAll(async () => {
  server = await startShopServer();
  url = await server.listen();
  token = await server.token('publish');
  const entries = ['a', 'b', 'c'].map((message, index) => ({
    kind: 'notify' as const,
    at: 1_000 + index,
    source: index === 1 ? 'Shop.Other' : cart,
    node: 'x',
    body: JSON.stringify({ level: 'error', message, thread: '7' }),
  }));
  server.collected.take('n1', { type: 'collected', stream: 's', from: 1, entries });
});

afterAll(() => server.close());

const json = async (path: string) => (await server.app.inject(`/api/v1${path}`)).json();

describe('notifications', () => {
  test('are listed newest first, in pages, as the description says', async () => {
    const first = await json('/notifications?limit=2');
    expect(first.items.map(({ message }: { message: string }) => message)).toEqual(['c', 'b']);
    expect(first).toMatchObject({ total: 3, nextCursor: expect.any(String) });
    const second = await json(`/notifications?limit=2&cursor=${first.nextCursor}`);
    expect(second.items).toMatchObject([{ message: 'a', node: 'n1', level: 'error', thread: '7' }]);
    expect(second).not.toHaveProperty('nextCursor');
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, schemas: [...resourceSchemas] });
    for (const item of first.items) expect(ajv.getSchema('Notification')?.(item)).toBe(true);
    const { items } = await json('/reports');
    expect(items).toMatchObject([
      { kind: 'notify', source: cart, entries: 2 },
      { kind: 'notify', source: 'Shop.Other', entries: 1 },
    ]);
    for (const item of items) expect(ajv.getSchema('Report')?.(item)).toBe(true);
    const pages = await json('/reports?limit=1');
    expect((await json(`/reports?limit=1&cursor=${pages.nextCursor}`)).items).toEqual([items[1]]);
  });

  test.each([
    ['service', `service=${cart}`, ['c', 'a']],
    ['node', 'node=n2', []],
  ])('are filtered by %s', async (_name, query, messages) => {
    const { items } = await json(`/notifications?${query}`);
    expect(items.map(({ message }: { message: string }) => message)).toEqual(messages);
  });

  test('refuse a cursor of another list and an unknown filter', async () => {
    const { nextCursor } = await json('/nodes?limit=1');
    expect(await json(`/notifications?cursor=${nextCursor}`)).toMatchObject({
      code: 'API_CURSOR_INVALID',
    });
    expect(await json('/notifications?servce=x')).toMatchObject({ code: 'API_UNKNOWN_PARAMETER' });
  });

  test('are read by the client over all pages, and counted in the metrics', async () => {
    const client = new TarsierClient({ serverUrl: url });
    expect((await client.list('notifications', { limit: 1 })).items).toHaveLength(3);
    await client.close();
    const { body } = await server.app.inject('/metrics');
    expect(body).toContain(`tarsier_reports_total{kind="notify",source="${cart}"} 2`);
  });

  test('are printed by tarsctl get', async () => {
    const { stdout } = await tarsctl(['get', 'notifications', '--service', cart], { server: url });
    expect(stdout).toMatch(/LEVEL +SERVICE +NODE +MESSAGE/);
    expect(stdout).toMatch(/error +Shop\.\w+ +n1 +c\n/);
  });
});

describe('a command', () => {
  const path = `/api/v1/services/${cart}/commands`;
  const post = (payload: object, authorization = `Bearer ${token}`) =>
    server.app.inject({ method: 'POST', url: path, payload, headers: { authorization } });

  test('needs the publish token', async () => {
    expect((await post({ command: 'x' }, 'Bearer none')).statusCode).toBe(401);
    const read = `Bearer ${await server.token('read')}`;
    expect((await post({ command: 'x' }, read)).statusCode).toBe(401);
  });

  test('goes to every running instance, and each answers', async () => {
    const answer = await post({ command: 'tars.help' });
    expect(answer.statusCode).toBe(200);
    const { items } = answer.json();
    expect(items.length).toBeGreaterThan(1);
    for (const { instance, ok, text } of items) {
      expect([ok, text]).toEqual([true, `${instance} did it`]);
    }
    const [{ instance }] = items;
    const node = instance.slice(instance.indexOf('@') + 1);
    expect((await post({ command: 'x', node })).json().items).toHaveLength(1);
  });

  test.each([
    ['no command', {}, 400, 'API_REQUEST_INVALID'],
    ['an empty one', { command: '' }, 400, 'API_REQUEST_INVALID'],
    ['a field too many', { command: 'x', all: true }, 400, 'API_REQUEST_INVALID'],
    ['a node without an instance', { command: 'x', node: 'none' }, 404, 'INSTANCE_NOT_FOUND'],
  ])('with %s is refused', async (_name, payload, status, code) => {
    const answer = await post(payload);
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
  });

  test('that fails on one instance says so beside the others, and tarsctl ends with 1', async () => {
    const plain = server.command;
    server.command = async (request) => {
      if (request.text !== 'fail') return plain(request);
      throw new TarsierError('AGENT_OFFLINE', 'The agent is away.');
    };
    const client = new CommandClient({ serverUrl: url, publishToken: token });
    const items = await client.send({ service: cart, command: 'fail' });
    expect(new Set(items.map(({ ok, code }) => `${ok} ${code}`))).toEqual(
      new Set(['false AGENT_OFFLINE']),
    );
    const tokenFile = join(temporaryFolder(), 'token');
    writeFileSync(tokenFile, token);
    const notify = (command: string) =>
      tarsctl(['server', 'notify', cart, command, '--token-file', tokenFile], { server: url });
    const good = await notify('tars.help');
    expect([good.exitCode, good.stdout.trim().split('\n')]).toEqual([
      0,
      items.map(({ instance }) => `${instance}  ok  ${instance} did it`),
    ]);
    const bad = await notify('fail');
    expect(bad.exitCode).toBe(1);
    expect(bad.stdout).toContain('AGENT_OFFLINE  The agent is away.');
    server.command = plain;
  });
});
