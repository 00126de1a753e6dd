/** The unmodified library of Tars.js on the other side: its client calls our server, our client calls its server. */

import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { isTarsierError } from '../../../errors/tarsier-error.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { EchoF } from '../../support/tars/echo-interface.ts';
import { ECHO_OBJECT, startEchoServer, testClient } from '../../support/tars/echo-server.ts';

const require = createRequire(import.meta.url);
const { client, server } = require('@tars/rpc');
const { TarsInputStream, TarsOutputStream, UniAttribute, Tup } = require('@tars/stream');

interface Answer {
  readonly response: {
    readonly sBuffer: unknown;
    readonly tup?: { readString(name: string): string };
    readonly context?: { get(key: string): string | undefined };
  };
}

interface Worker {
  version: number;
  timeout: number;
  tars_invoke(func: string, body: unknown, options: unknown): Promise<Answer>;
  tup_invoke(func: string, attributes: unknown, options?: unknown): Promise<Answer>;
}

/** What the code generator would make; the library sets `_worker`. */
class Proxy {
  declare _worker: Worker;
}

afterAll(() => client.disconnect());

function jsClient(port: number, object = ECHO_OBJECT): Worker {
  const proxy: Proxy = client.stringToProxy(Proxy, `${object}@tcp -h 127.0.0.1 -p ${port} -t 3000`);
  // oxlint-disable-next-line no-underscore-dangle -- the name that the library sets.
  return proxy._worker;
}

function sumArguments(left: number, right: number): unknown {
  const output = new TarsOutputStream();
  output.writeInt64(1, left);
  output.writeInt64(2, right);
  return output.getBinBuffer();
}

describe('its client, our server', () => {
  test('calls, with a context that comes back', async () => {
    const { port } = await startEchoServer();
    const worker = jsClient(port);
    const context = { node_name: 'n1' };
    const { response } = await worker.tars_invoke('add', sumArguments(40, 2), { context });
    const input = new TarsInputStream(response.sBuffer);
    expect(input.readInt64(0, true, 0)).toBe(42);
    expect(input.readString(3, true, '')).toBe('40 and 2');
    expect(response.context?.get('node_name')).toBe('n1');
  });

  test('500 calls at once', async () => {
    const { port } = await startEchoServer();
    const worker = jsClient(port);
    const sums = await Promise.all(
      Array.from({ length: 500 }, async (_, at) => {
        const { response } = await worker.tars_invoke('add', sumArguments(at, 1), {});
        return new TarsInputStream(response.sBuffer).readInt64(0, true, 0);
      }),
    );
    expect(sums).toEqual(Array.from({ length: 500 }, (_, at) => at + 1));
  });

  test('one-way calls take effect', async () => {
    const echoServer = await startEchoServer();
    const output = new TarsOutputStream();
    output.writeString(1, 'from the library');
    const worker = jsClient(echoServer.port);
    // The library has no success for these: it rejects once the request is written.
    const sent = worker.tars_invoke('note', output.getBinBuffer(), { packetType: 1 });
    await expect(sent).rejects.toMatchObject({
      error: { message: 'one way call do not need response' },
    });
    await eventually(() => echoServer.echo.notes.length === 1);
    expect(echoServer.echo.notes).toEqual(['from the library']);
    const replies = [...echoServer.server.connections].map(({ stats }) => stats.replies);
    expect(Math.max(...replies)).toBe(0);
  });

  test('TUP', async () => {
    for (const version of [Tup.TUP_SIMPLE, Tup.TUP_COMPLEX]) {
      const { port } = await startEchoServer();
      const worker = jsClient(port);
      worker.version = version;
      const attributes = new UniAttribute();
      attributes.tupVersion = version;
      attributes.writeString('id', 'héllo');
      const { response } = await worker.tup_invoke('known', attributes, {});
      expect(response.tup?.readString('')).toBe('<héllo>');
    }
  });

  test('error codes', async () => {
    const { port } = await startEchoServer();
    const nothing = () => new TarsOutputStream().getBinBuffer();
    const failed = async (call: Promise<Answer>): Promise<number | undefined> => {
      const failure: unknown = await call.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      return (failure as { error: { code: number } }).error.code;
    };
    expect(await failed(jsClient(port).tars_invoke('none', nothing(), {}))).toBe(-3);
    expect(await failed(jsClient(port).tars_invoke('add', nothing(), {}))).toBe(-1);
    expect(await failed(jsClient(port, 'No.Such.Obj').tars_invoke('add', nothing(), {}))).toBe(-4);
  });

  test('a push that it does not know does no harm', async () => {
    const echoServer = await startEchoServer();
    const worker = jsClient(echoServer.port);
    await worker.tars_invoke('tars_ping', new TarsOutputStream().getBinBuffer(), {});
    const [connection] = echoServer.server.connections;
    expect(connection?.push({ description: '_reconnect_' })).toBe(true);
    expect(connection?.push({ func: 'changed' })).toBe(true);
    const { response } = await worker.tars_invoke('add', sumArguments(1, 1), {});
    expect(new TarsInputStream(response.sBuffer).readInt64(0, true, 0)).toBe(2);
  });
});

interface Current {
  doResponse(body: unknown): void;
  getContext(): { get(key: string): string | undefined };
}

/** The servant of the library, by hand: its code generator is not at hand. */
class EchoServant {
  static readonly notes: string[] = [];

  initialize(): void {}

  onDispatch(current: Current, func: string, body: unknown): number {
    const input = new TarsInputStream(body);
    const output = new TarsOutputStream();
    switch (func) {
      case 'tars_ping':
        output.writeInt32(0, 0);
        break;
      case 'add': {
        const left = input.readInt64(1, true, 0);
        const right = input.readInt64(2, true, 0);
        output.writeInt64(0, left + right);
        output.writeString(3, current.getContext().get('node_name') ?? '');
        break;
      }
      case 'note':
        EchoServant.notes.push(input.readString(1, true, ''));
        break;
      default:
        return -3;
    }
    current.doResponse(output.getBinBuffer());
    return 0;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function startJsServer(): Promise<{ host: string; port: number }> {
  const port = await freePort();
  const jsServer = server.createServer(EchoServant);
  jsServer.start({
    name: 'Test.EchoServer.EchoObjAdapter',
    servant: ECHO_OBJECT,
    endpoint: `tcp -h 127.0.0.1 -p ${port} -t 10000`,
    protocol: 'tars',
    maxconns: 100,
  });
  onTestFinished(() => jsServer.stop());
  const endpoint = { host: '127.0.0.1', port };
  await eventually(() =>
    testClient()
      .ping(endpoint, ECHO_OBJECT)
      .then(
        () => true,
        () => false,
      ),
  );
  return endpoint;
}

describe('our client, its server', () => {
  test('calls, pings, context, one-way, errors', async () => {
    const endpoint = await startJsServer();
    const tarsClient = testClient();
    const proxy = tarsClient.proxy(endpoint, ECHO_OBJECT, EchoF);
    const context = new Map([['node_name', 'n1']]);
    expect(await proxy.add({ left: 40n, right: 2n }, { context })).toEqual({
      ret: 42n,
      text: 'n1',
    });
    await proxy.note({ text: 'one way' }, { oneWay: true });
    await tarsClient.ping(endpoint, ECHO_OBJECT);
    expect(EchoServant.notes).toEqual(['one way']);
    const failure: unknown = await proxy.known({ id: '' }).catch((error: unknown) => error);
    expect(isTarsierError(failure) && [failure.code, failure.details['iRet']]).toEqual([
      'TARS_CALL_FAILED',
      -3,
    ]);
  });

  test('1,000 calls at once on one connection', async () => {
    const proxy = testClient().proxy(await startJsServer(), ECHO_OBJECT, EchoF);
    const sums = await Promise.all(
      Array.from({ length: 1_000 }, (_, at) => proxy.add({ left: BigInt(at), right: 1n })),
    );
    expect(sums.map(({ ret }) => Number(ret))).toEqual(
      Array.from({ length: 1_000 }, (_, at) => at + 1),
    );
  });
});
