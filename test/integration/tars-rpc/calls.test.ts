/** Our client against our server: what a call keeps, how it fails, and that many go at once. */

import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isTarsierError, type TarsierError } from '../../../errors/tarsier-error.ts';
import { decodeStruct } from '../../../tars/codec/decode.ts';
import { defineInterface, param } from '../../../tars/codec/interface.ts';
import { t } from '../../../tars/codec/types.ts';
import { AdminF } from '../../../tars/framework/admin-f.ts';
import { RequestPacket } from '../../../tars/framework/packets.ts';
import { servant } from '../../../tars/rpc/servant.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { EchoF, ShortEchoF } from '../../support/tars/echo-interface.ts';
import {
  ECHO_OBJECT,
  echoProxy,
  startEchoServer,
  testClient,
} from '../../support/tars/echo-server.ts';

async function failureOf(call: Promise<unknown>): Promise<TarsierError> {
  try {
    await call;
  } catch (error) {
    if (isTarsierError(error)) return error;
    throw error;
  }
  throw new Error('the call did not fail');
}

/** A server of raw sockets, closed with the test. */
async function listen(accept: (socket: Socket) => void): Promise<{ host: string; port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    accept(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

describe('results', () => {
  test('int64 is exact, return value and out parameters come back', async () => {
    const proxy = echoProxy(await startEchoServer());
    const largest = 2n ** 63n - 1n;
    expect(await proxy.add({ left: largest, right: 0n })).toEqual({
      ret: 9_223_372_036_854_775_807n,
      text: '9223372036854775807 and 0',
    });
    expect((await proxy.add({ left: -(2n ** 63n), right: 1n })).ret).toBe(
      -9_223_372_036_854_775_807n,
    );
    expect((await proxy.add({ left: 2n ** 53n, right: 1n })).ret).toBe(9_007_199_254_740_993n);
  });

  test('optional fields that an older caller does not know take their declared default', async () => {
    const { endpoint } = await startEchoServer();
    const older = testClient().proxy(endpoint, ECHO_OBJECT, ShortEchoF);
    expect(await older.wish({ wish: { text: 'tea' } })).toEqual({ ret: 'tea true 3' });
  });

  test('a result that is encoded already, and a function without result', async () => {
    const server = await startEchoServer();
    const proxy = echoProxy(server);
    expect(await proxy.known({ id: 'x' })).toEqual({ ret: '<x>' });
    expect(await proxy.note({ text: 'written' })).toEqual({});
    expect(server.echo.notes).toEqual(['written']);
  });

  test('what a handler knows of a call', async () => {
    const server = await startEchoServer();
    const proxy = echoProxy(server);
    const context = new Map([['node_name', 'n1']]);
    const status = new Map([['STATUS_TRACE_KEY', '1.2']]);
    await proxy.add({ left: 1n, right: 2n }, { timeoutMs: 12_345, context, status });
    expect(server.echo.calls[0]).toMatchObject({
      servant: ECHO_OBJECT,
      func: 'add',
      context,
      status,
      peerAddress: '127.0.0.1',
      version: 1,
      oneWay: false,
      timeoutMs: 12_345,
      requestId: 1,
    });
    expect(server.echo.calls[0]?.connection.stats.requests).toBe(1);
  });

  test('an IPv4 caller of an IPv6 port has its plain address', async () => {
    const server = await startEchoServer({ host: '::' });
    await echoProxy(server).add({ left: 1n, right: 1n });
    expect(server.echo.calls[0]?.peerAddress).toBe('127.0.0.1');
  });

  test('a reply of several megabytes', async () => {
    const { ret } = await echoProxy(await startEchoServer()).blob({ size: 9_000_000 });
    expect(ret).toHaveLength(9_000_000);
  });
});

describe('errors of the server', () => {
  const Unknown = defineInterface('EchoF', { missing: { in: {}, out: {} } });
  const Wrong = defineInterface('EchoF', {
    add: { in: { left: param(1, t.string) }, out: {}, returns: t.int64 },
  });
  const table = [
    {
      name: 'unknown function',
      object: ECHO_OBJECT,
      definition: Unknown,
      func: 'missing',
      values: {},
      iRet: -3,
    },
    {
      name: 'unknown servant',
      object: 'Test.EchoServer.Other',
      definition: EchoF,
      func: 'note',
      values: { text: '' },
      iRet: -4,
    },
    {
      name: 'the name without its prefix',
      object: 'EchoObj',
      definition: EchoF,
      func: 'note',
      values: { text: '' },
      iRet: -4,
    },
    {
      name: 'arguments of another type',
      object: ECHO_OBJECT,
      definition: Wrong,
      func: 'add',
      values: { left: 'x' },
      iRet: -1,
    },
    {
      name: 'handler throws',
      object: ECHO_OBJECT,
      definition: EchoF,
      func: 'fail',
      values: { how: 'throws' },
      iRet: -99,
    },
    {
      name: 'handler rejects',
      object: ECHO_OBJECT,
      definition: EchoF,
      func: 'fail',
      values: { how: 'rejects' },
      iRet: -99,
    },
    {
      name: 'result that does not fit',
      object: ECHO_OBJECT,
      definition: EchoF,
      func: 'fail',
      values: { how: 'half' },
      iRet: -2,
    },
  ] as const;
  for (const { name, object, definition, func, values, iRet } of table) {
    test(name, async () => {
      const { endpoint } = await startEchoServer();
      const proxy = testClient().proxy(endpoint, object, definition) as Record<
        string,
        (values: unknown) => Promise<unknown>
      >;
      const error = await failureOf(proxy[func]!(values));
      expect(error.code).toBe('TARS_CALL_FAILED');
      expect(error.consequence).toBe('terminal');
      expect(error.details['iRet']).toBe(iRet);
      expect(error.message).toContain(
        `${object}.${func} at 127.0.0.1:${endpoint.port} answered with the code ${iRet}: `,
      );
      expect(error.message).not.toContain('secret');
    });
  }

  test('a handler that says why is quoted; one that does not is in the log only', async () => {
    const server = await startEchoServer();
    const proxy = echoProxy(server);
    expect((await failureOf(proxy.fail({ how: 'says why' }))).details['sResultDesc']).toBe(
      'That cannot be done: ask for less.',
    );
    await failureOf(proxy.fail({ how: 'throws' }));
    const line = server.log.at(-1);
    expect(line).toMatchObject({ code: 'TARS_HANDLER', servant: ECHO_OBJECT, func: 'fail' });
    expect(JSON.stringify(line?.['err'])).toContain('secret inside');
  });

  test('overload is transient', async () => {
    const endpoint = await listen((socket) =>
      socket.on('data', (chunk) => answer(socket, chunk, -9)),
    );
    const error = await failureOf(testClient().ping(endpoint, ECHO_OBJECT));
    expect([error.code, error.consequence, error.details['iRet']]).toEqual([
      'TARS_CALL_BUSY',
      'transient',
      -9,
    ]);
  });
});

describe('many calls on one connection', () => {
  test('ten thousand at once, each with its own answer', async () => {
    const server = await startEchoServer();
    const proxy = echoProxy(server);
    const results = await Promise.all(
      Array.from({ length: 10_000 }, (_, at) => proxy.add({ left: BigInt(at), right: 1n })),
    );
    expect(results.map(({ ret }) => Number(ret))).toEqual(
      Array.from({ length: 10_000 }, (_, at) => at + 1),
    );
    expect(server.server.stats().connections).toBe(1);
  });

  test('replies come in the order in which they are ready', async () => {
    const proxy = echoProxy(await startEchoServer());
    const order: string[] = [];
    await Promise.all([
      proxy.waitFor({ ms: 300 }).then(() => order.push('slow')),
      proxy.waitFor({ ms: 20 }).then(() => order.push('quick')),
      proxy.add({ left: 1n, right: 1n }).then(() => order.push('at once')),
    ]);
    expect(order).toEqual(['at once', 'quick', 'slow']);
  });

  test('two proxies of one endpoint share the connection', async () => {
    const server = await startEchoServer();
    const client = testClient();
    await client.proxy(server.endpoint, ECHO_OBJECT, EchoF).add({ left: 1n, right: 1n });
    await client.proxy({ ...server.endpoint }, ECHO_OBJECT, EchoF).add({ left: 1n, right: 1n });
    await client.ping(server.endpoint, ECHO_OBJECT);
    expect(server.server.stats().connections).toBe(1);
  });
});

describe('one-way', () => {
  test('resolves without a reply, and the call takes effect', async () => {
    const server = await startEchoServer();
    const proxy = echoProxy(server);
    expect(await proxy.note({ text: 'a' }, { oneWay: true })).toBeUndefined();
    await proxy.fail({ how: 'throws' }, { oneWay: true });
    await proxy.add({ left: 1n, right: 1n });
    expect(server.echo.notes).toEqual(['a']);
    const [connection] = server.server.connections;
    expect(connection?.stats).toEqual({ requests: 3, replies: 1, pushes: 0 });
  });

  test('is sent even when the client is closed right after it: the stop path of services', async () => {
    const stops: string[] = [];
    const admin = servant(AdminF, {
      shutdown: (_values, call) => {
        stops.push(`${call.servant} ${call.oneWay}`);
        return {};
      },
      notify: ({ command }) => ({ ret: `${command} succ` }),
      getPid: () => ({ ret: 812n }),
    });
    const { endpoint } = await startEchoServer({ servants: new Map([['AdminObj', admin]]) });
    const client = testClient();
    const proxy = client.proxy(endpoint, 'AdminObj', AdminF);
    expect(await proxy.notify({ command: 'tars.loadconfig x.conf' })).toEqual({
      ret: 'tars.loadconfig x.conf succ',
    });
    await proxy.shutdown({}, { oneWay: true });
    client.close();
    await eventually(() => stops.length === 1);
    expect(stops).toEqual(['AdminObj true']);
  });
});

describe('when the connection fails', () => {
  test('nobody listens: transient, and the next call connects', async () => {
    const first = await startEchoServer();
    const { port } = first;
    await first.server.close(0);
    const proxy = echoProxy(first);
    const error = await failureOf(proxy.note({ text: '' }));
    expect([error.code, error.consequence]).toEqual(['TARS_CONNECT', 'transient']);
    expect(error.message).toContain(`127.0.0.1:${port}`);
    await startEchoServer({ port });
    expect(await proxy.note({ text: '' })).toEqual({});
  });

  test('a one-way call that finds nobody fails too', async () => {
    const first = await startEchoServer();
    await first.server.close(0);
    const error = await failureOf(echoProxy(first).note({ text: '' }, { oneWay: true }));
    expect(error.code).toBe('TARS_CONNECT');
  });

  test('the server closes in the middle of calls: all fail as transient, the next call connects anew', async () => {
    const server = await startEchoServer();
    const proxy = echoProxy(server);
    const calls = Array.from({ length: 3 }, () =>
      failureOf(proxy.hold({ body: new Uint8Array(1) })),
    );
    await eventually(() => server.echo.gate.waiting === 3);
    await server.server.close(0);
    for (const error of await Promise.all(calls)) {
      expect([error.code, error.consequence]).toEqual(['TARS_DISCONNECTED', 'transient']);
    }
    await startEchoServer({ port: server.port });
    expect(await proxy.note({ text: '' })).toEqual({});
  });

  test('a call that takes too long fails alone; its late reply is passed over', async () => {
    const proxy = echoProxy(await startEchoServer());
    const late = failureOf(proxy.waitFor({ ms: 150 }, { timeoutMs: 50 }));
    const patient = proxy.waitFor({ ms: 200 });
    const error = await late;
    expect([error.code, error.consequence]).toEqual(['TARS_TIMEOUT', 'transient']);
    expect(await patient).toEqual({ ret: 200 });
    expect((await proxy.add({ left: 1n, right: 1n })).ret).toBe(2n);
  });

  test('a peer that fell silent costs one time-out: the next call takes a new connection', async () => {
    let connections = 0;
    const endpoint = await listen((socket) => {
      connections += 1;
      if (connections > 1) socket.on('data', (chunk) => answer(socket, chunk, 0));
    });
    const client = testClient();
    const error = await failureOf(client.ping(endpoint, ECHO_OBJECT, { timeoutMs: 50 }));
    expect(error.code).toBe('TARS_TIMEOUT');
    await client.ping(endpoint, ECHO_OBJECT);
    expect(connections).toBe(2);
  });

  test('more calls than a connection may hold are refused as busy', async () => {
    const server = await startEchoServer();
    const proxy = echoProxy(server, { inFlightMax: 2 });
    const held = [1, 2].map(() => proxy.hold({ body: new Uint8Array(1) }));
    expect((await failureOf(proxy.note({ text: '' }))).code).toBe('TARS_CALL_BUSY');
    await eventually(() => server.echo.gate.waiting === 2);
    server.echo.gate.open();
    expect(await Promise.all(held)).toEqual([{ ret: 1 }, { ret: 1 }]);
  });

  test('a closed client says so', async () => {
    const server = await startEchoServer();
    const client = testClient();
    const pending = failureOf(
      client.proxy(server.endpoint, ECHO_OBJECT, EchoF).hold({ body: new Uint8Array(1) }),
    );
    await eventually(() => server.echo.gate.waiting === 1);
    client.close();
    expect((await pending).code).toBe('TARS_DISCONNECTED');
    expect((await failureOf(client.ping(server.endpoint, ECHO_OBJECT))).code).toBe(
      'TARS_DISCONNECTED',
    );
    // The server cannot see whether such a peer still reads, so it closes when it has answered.
    server.echo.gate.open();
    await eventually(() => server.server.stats().connections === 0);
  });
});

/** Answers the one request in `chunk` by hand. */
function answer(socket: Socket, chunk: Uint8Array, iRet: number): void {
  const { iRequestId } = decodeStruct(RequestPacket, chunk.subarray(4));
  const body = [
    0x10,
    0x01,
    0x2c,
    0x30,
    iRequestId,
    0x4c,
    0x50,
    iRet & 0xff,
    0x6d,
    0x00,
    0x0c,
    0x78,
    0x0c,
  ];
  socket.write(Uint8Array.of(0, 0, 0, body.length + 4, ...body));
}
