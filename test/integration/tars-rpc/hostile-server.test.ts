/** What a hostile or broken server may send to our client: the calls fail with a code, and nothing else happens. */

import { spawn } from 'node:child_process';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isTarsierError, type TarsierError } from '../../../errors/tarsier-error.ts';
import { decodeStruct } from '../../../tars/codec/decode.ts';
import { encodeFields, encodeStruct } from '../../../tars/codec/encode.ts';
import { t } from '../../../tars/codec/types.ts';
import { RequestPacket, ResponsePacket } from '../../../tars/framework/packets.ts';
import { frameOf } from '../../../tars/rpc/frame.ts';
import { FrameSplitter } from '../../../tars/rpc/frame-splitter.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { EchoF } from '../../support/tars/echo-interface.ts';
import { ECHO_OBJECT, startEchoServer, testClient } from '../../support/tars/echo-server.ts';

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** A server that does with each request what `answer` says. */
async function serve(answer: (socket: Socket, request: RequestPacket) => void): Promise<Endpoint> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    const splitter = new FrameSplitter(10_000_000);
    socket.on('data', (chunk: Uint8Array) => {
      splitter.push(chunk);
      for (let packet = splitter.next(); packet; packet = splitter.next()) {
        answer(socket, decodeStruct(RequestPacket, packet));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

function reply(iRequestId: number, sBuffer = encodeFields([[0, t.string, 'good']])): Uint8Array {
  return frameOf(encodeStruct(ResponsePacket, { iVersion: 1, iRequestId, sBuffer }));
}

async function outcome(call: Promise<unknown>): Promise<TarsierError> {
  const settled: unknown = await call.then(
    (value) => value,
    (error: unknown) => error,
  );
  if (isTarsierError(settled)) return settled;
  throw new Error(`not a TarsierError: ${String(settled)}`);
}

describe('bytes that are no reply end the connection: the call fails at once, the next one connects anew', () => {
  const table = [
    { name: 'length 0', sent: Uint8Array.of(0, 0, 0, 0) },
    { name: 'length 4', sent: Uint8Array.of(0, 0, 0, 4) },
    { name: 'length 2^31 - 1', sent: Uint8Array.of(0x7f, 0xff, 0xff, 0xff) },
    { name: 'length -1', sent: Uint8Array.of(0xff, 0xff, 0xff, 0xff) },
    { name: 'an HTTP answer', sent: Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n') },
    { name: 'a packet of noise', sent: frameOf(new Uint8Array(1_000).fill(0xff)) },
    { name: 'structs without end', sent: frameOf(new Uint8Array(100_000).fill(0x0a)) },
    {
      name: 'an id that is text',
      sent: frameOf(
        encodeFields([
          [1, t.int16, 1],
          [3, t.string, 'x'],
        ]),
      ),
    },
  ];
  for (const { name, sent } of table) {
    test(name, async () => {
      const connections = new Set<Socket>();
      const endpoint = await serve((socket, { iRequestId }) => {
        connections.add(socket);
        socket.write(connections.size === 1 ? sent : reply(iRequestId));
      });
      const proxy = testClient().proxy(endpoint, ECHO_OBJECT, EchoF);
      const error = await outcome(proxy.known({ id: '' }));
      expect([error.code, error.consequence]).toEqual(['TARS_DISCONNECTED', 'transient']);
      expect(await proxy.known({ id: '' })).toEqual({ ret: 'good' });
    });
  }
});

describe('replies that do not belong', () => {
  test('unknown ids, ids of others, and the same reply twice are passed over', async () => {
    const endpoint = await serve((socket, { iRequestId }) => {
      const strange = [-1, 0x7fff_ffff, iRequestId + 1, iRequestId + 1_000].map((id) => reply(id));
      socket.write(Buffer.concat([...strange, reply(iRequestId), reply(iRequestId)]));
    });
    const proxy = testClient().proxy(endpoint, ECHO_OBJECT, EchoF);
    for (let round = 0; round < 3; round += 1) {
      expect(await proxy.known({ id: '' })).toEqual({ ret: 'good' });
    }
  });

  test('results of another type fail that call alone', async () => {
    let count = 0;
    const endpoint = await serve((socket, { iRequestId }) => {
      count += 1;
      socket.write(
        count === 1 ? reply(iRequestId, encodeFields([[0, t.int32, 5]])) : reply(iRequestId),
      );
    });
    const proxy = testClient().proxy(endpoint, ECHO_OBJECT, EchoF);
    const [bad, good] = await Promise.all([
      outcome(proxy.known({ id: '' })),
      proxy.known({ id: '' }),
    ]);
    expect([bad.code, bad.consequence]).toEqual(['TARS_REPLY', 'terminal']);
    expect(good).toEqual({ ret: 'good' });
  });

  test('a frame that is larger than we take is refused before it arrives', async () => {
    const { endpoint } = await startEchoServer();
    const client = testClient({ frameBytesMax: 1_000 });
    const proxy = client.proxy(endpoint, ECHO_OBJECT, EchoF);
    expect((await outcome(proxy.blob({ size: 100_000 }))).code).toBe('TARS_DISCONNECTED');
    expect((await proxy.blob({ size: 100 })).ret).toHaveLength(100);
  });

  test('half a reply and the end', async () => {
    const endpoint = await serve((socket, { iRequestId }) =>
      socket.end(reply(iRequestId).subarray(0, 9)),
    );
    const error = await outcome(testClient().ping(endpoint, ECHO_OBJECT));
    expect(error.code).toBe('TARS_DISCONNECTED');
  });

  test('half a reply and silence costs one time-out', async () => {
    const connections = new Set<Socket>();
    const endpoint = await serve((socket, { iRequestId }) => {
      connections.add(socket);
      socket.write(connections.size === 1 ? reply(iRequestId).subarray(0, 9) : reply(iRequestId));
    });
    const proxy = testClient().proxy(endpoint, ECHO_OBJECT, EchoF);
    expect((await outcome(proxy.known({ id: '' }, { timeoutMs: 100 }))).code).toBe('TARS_TIMEOUT');
    expect(await proxy.known({ id: '' })).toEqual({ ret: 'good' });
  });

  test('a reply that drips', async () => {
    const endpoint = await serve((socket, { iRequestId }) => {
      const bytes = reply(iRequestId);
      for (let at = 0; at < bytes.length; at += 1) {
        setTimeout(() => socket.write(bytes.subarray(at, at + 1)), at);
      }
    });
    const proxy = testClient().proxy(endpoint, ECHO_OBJECT, EchoF);
    expect(await proxy.known({ id: '' })).toEqual({ ret: 'good' });
  });
});

test('a server that does not read is no endless queue: further calls are busy', async () => {
  const stuck = createServer((socket) => {
    socket.pause();
    socket.on('error', () => undefined);
    onTestFinished(() => {
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => stuck.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    stuck.close();
  });
  const endpoint = { host: '127.0.0.1', port: (stuck.address() as AddressInfo).port };
  const client = testClient({ unsentBytesMax: 1_000_000 });
  const proxy = client.proxy(endpoint, ECHO_OBJECT, EchoF);
  const codes: string[] = [];
  const calls: Promise<void>[] = [];
  const body = new Uint8Array(500_000);
  await eventually(() => {
    calls.push(outcome(proxy.hold({ body })).then(({ code }) => void codes.push(code)));
    return codes.length > 0;
  });
  expect(codes[0]).toBe('TARS_CALL_BUSY');
  expect(calls.length).toBeLessThan(100);
  client.close();
  await Promise.all(calls);
  expect(new Set(codes)).toEqual(new Set(['TARS_CALL_BUSY', 'TARS_DISCONNECTED']));
});

test('a machine that does not take the connection fails the call in the time for connecting', async () => {
  // Blocked before it accepts anything: once its queue is full, the kernel drops further attempts.
  const script = `require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
    require('fs').writeSync(1, String(this.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  })`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const port = await new Promise<number>((resolve) => {
    child.stdout.once('data', (data) => resolve(Number(data)));
  });
  const fillers = Array.from({ length: 8 }, () => connect({ host: '127.0.0.1', port }));
  onTestFinished(() => {
    for (const filler of fillers) filler.destroy();
  });
  await eventually(() => fillers.filter((filler) => !filler.connecting).length >= 2);
  const client = testClient({ connectTimeoutMs: 200 });
  const error = await outcome(client.ping({ host: '127.0.0.1', port }, ECHO_OBJECT));
  expect([error.code, error.consequence]).toEqual(['TARS_CONNECT', 'transient']);
  expect(error.message).toContain('no connection in 200 ms');
});
