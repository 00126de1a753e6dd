/** The limits of a TARS server under many, slow and greedy peers: bounded memory, back-pressure, others unaffected. */

import { describe, expect, onTestFinished, test } from 'vitest';
import { encodeFields } from '../../../tars/codec/encode.ts';
import { t } from '../../../tars/codec/types.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { Bystander } from '../../support/tars/bystander.ts';
import { echoProxy, startEchoServer, type EchoServer } from '../../support/tars/echo-server.ts';
import { RawPeer, requestFrame } from '../../support/tars/raw-peer.ts';

const MEGABYTE = 1024 * 1024;
/** What the kernel hands over in one piece, on top of any limit. */
const CHUNK_BYTES = 64 * 1024;

async function connectMany({ port }: EchoServer, count: number): Promise<RawPeer[]> {
  const peers: RawPeer[] = [];
  onTestFinished(() => {
    for (const peer of peers) peer.destroy();
  });
  while (peers.length < count) {
    const group = Array.from({ length: Math.min(100, count - peers.length) }, () =>
      RawPeer.connect(port),
    );
    peers.push(...(await Promise.all(group)));
  }
  return peers;
}

async function connectOne(server: EchoServer): Promise<RawPeer> {
  const [peer] = await connectMany(server, 1);
  return peer!;
}

function call(
  sFuncName: string,
  iRequestId: number,
  type: typeof t.int32 | typeof t.bytes,
  value: unknown,
) {
  return requestFrame({ iRequestId, sFuncName, sBuffer: encodeFields([[1, type, value]]) });
}

const hold = (id: number, size = 1) => call('hold', id, t.bytes, new Uint8Array(size));
const blob = (id: number, size: number) => call('blob', id, t.int32, size);

describe('connections', () => {
  test('2,000 idle ones stay, cost no buffers, and nobody waits for them', async () => {
    const server = await startEchoServer();
    const peers = await connectMany(server, 2_000);
    const bystander = new Bystander(server);
    await eventually(() => bystander.answers > 200);
    await bystander.stop();
    expect(server.server.stats()).toMatchObject({
      connections: 2_001,
      bufferedBytes: 0,
      requestsInFlight: 0,
    });
    expect(bystander.slowestMs).toBeLessThan(5_000);
    peers[1_234]?.send(requestFrame());
    await eventually(() => peers[1_234]?.packets.length === 1);
    expect(peers.filter(({ isClosed }) => isClosed)).toEqual([]);
    expect(server.log).toEqual([]);
  });

  test('2,000 that each began a frame hold no more than what they sent, and are closed', async () => {
    const server = await startEchoServer({ limits: { frameMsMax: 1_500 } });
    const bystander = new Bystander(server);
    const peers = await connectMany(server, 2_000);
    for (const peer of peers) peer.send(hold(1, 100_000).subarray(0, 100));
    await eventually(() => server.server.stats().bufferedBytes >= 2_000 * 50);
    await eventually(() => peers.every(({ isClosed }) => isClosed), undefined, 20_000);
    await bystander.stop();
    expect(bystander.bufferedBytesMax).toBeLessThanOrEqual(2_000 * 200);
    expect(server.server.stats()).toMatchObject({ bufferedBytes: 0, refusedConnections: 2_000 });
  });

  test('one over the limit is turned away with a coded line; a place that becomes free is taken', async () => {
    const server = await startEchoServer({ limits: { connectionsMax: 3 } });
    const peers = await connectMany(server, 3);
    await eventually(() => server.server.stats().connections === 3);
    const fourth = await connectOne(server);
    await eventually(() => fourth.isClosed);
    expect(server.log).toMatchObject([
      {
        code: 'TARS_CONNECTIONS',
        msg: 'tars connection refused',
        connectionsMax: 3,
        peerAddress: '127.0.0.1',
      },
    ]);
    peers[0]?.destroy();
    await eventually(() => server.server.stats().connections === 2);
    await echoProxy(server).note({ text: '' });
    expect(server.server.stats().connections).toBe(3);
  });

  test('silent ones are closed only where that is asked for, without a line', async () => {
    const server = await startEchoServer({ limits: { idleMsMax: 100 } });
    const peer = await connectOne(server);
    await eventually(() => peer.isClosed);
    expect(server.log).toEqual([]);
  });
});

describe('memory', () => {
  test('half frames of many: the largest holders are closed, the sum stays below the limit', async () => {
    const bufferedBytesMax = 8 * MEGABYTE;
    const server = await startEchoServer({ limits: { bufferedBytesMax } });
    const bystander = new Bystander(server);
    const small = await connectOne(server);
    small.send(requestFrame().subarray(0, 10));
    const peers = await connectMany(server, 20);
    const frame = hold(1, 9 * MEGABYTE);
    for (const peer of peers) peer.send(frame.subarray(0, 3 * MEGABYTE));
    await eventually(() => server.server.stats().refusedConnections >= 15);
    await eventually(() => peers.filter(({ isClosed }) => isClosed).length >= 15);
    await bystander.stop();
    expect(bystander.bufferedBytesMax).toBeLessThanOrEqual(bufferedBytesMax + CHUNK_BYTES);
    expect(new Set(server.log.map(({ code }) => code))).toEqual(new Set(['TARS_MEMORY']));
    expect(small.isClosed).toBe(false);
    small.send(requestFrame().subarray(10));
    await eventually(() => small.packets.length === 1);
  });

  test('a peer that does not read is paused, then closed', async () => {
    const limits = { unreadBytesPause: 2 * MEGABYTE, unreadMsMax: 400 };
    const server = await startEchoServer({ limits });
    const bystander = new Bystander(server);
    const peer = await connectOne(server);
    peer.socket.pause();
    for (let id = 1; id <= 200; id += 1) peer.send(blob(id, MEGABYTE));
    await eventually(() => server.server.stats().refusedConnections === 1);
    await bystander.stop();
    expect(server.log).toMatchObject([{ code: 'TARS_SLOW_READER', msg: 'tars connection closed' }]);
    expect(bystander.bufferedBytesMax).toBeGreaterThan(2 * MEGABYTE);
    expect(bystander.bufferedBytesMax).toBeLessThanOrEqual(4 * MEGABYTE + CHUNK_BYTES);
    expect(server.server.stats().bufferedBytes).toBe(0);
  });

  test('a peer that reads late gets everything', async () => {
    const server = await startEchoServer({ limits: { unreadBytesPause: MEGABYTE } });
    const peer = await connectOne(server);
    peer.socket.pause();
    for (let id = 1; id <= 50; id += 1) peer.send(blob(id, MEGABYTE));
    await eventually(() => server.server.stats().bufferedBytes > MEGABYTE);
    peer.socket.resume();
    await eventually(() => peer.packets.length === 50);
    expect(peer.replies.every(({ iRet, sBuffer }) => iRet === 0 && sBuffer.length > MEGABYTE)).toBe(
      true,
    );
    await eventually(() => server.server.stats().bufferedBytes === 0);
  });

  test('replies that pile up behind a peer that does not read close it', async () => {
    const limits = { unreadBytesPause: 64 * MEGABYTE, unreadBytesMax: 4 * MEGABYTE };
    const server = await startEchoServer({ limits });
    const peer = await connectOne(server);
    peer.socket.pause();
    for (let id = 1; id <= 30; id += 1) peer.send(blob(id, MEGABYTE));
    await eventually(() => server.server.stats().refusedConnections === 1);
    expect(server.log).toMatchObject([{ code: 'TARS_SLOW_READER' }]);
    expect(server.server.stats().bufferedBytes).toBe(0);
  });
});

describe('requests in flight', () => {
  test('one connection: the rest waits with the peer, and all are answered', async () => {
    const server = await startEchoServer({ limits: { inFlightMaxPerConnection: 10 } });
    const bystander = new Bystander(server);
    const peer = await connectOne(server);
    for (let id = 1; id <= 500; id += 1) peer.send(hold(id, 2_000));
    let most = 0;
    await eventually(() => {
      most = Math.max(most, server.server.stats().requestsInFlight);
      if (server.echo.gate.waiting === 10) server.echo.gate.open();
      return peer.packets.length === 500;
    });
    await bystander.stop();
    expect(most).toBe(10);
    expect(peer.replies.every(({ iRet }) => iRet === 0)).toBe(true);
    expect(bystander.answers).toBeGreaterThan(10);
    expect(server.server.stats()).toMatchObject({
      requestsInFlight: 0,
      bytesInFlight: 0,
      bufferedBytes: 0,
    });
  });

  test('by bytes: large requests wait for one another', async () => {
    const server = await startEchoServer({ limits: { inFlightBytesMaxPerConnection: MEGABYTE } });
    const peer = await connectOne(server);
    for (let id = 1; id <= 10; id += 1) peer.send(hold(id, 600_000));
    let most = 0;
    await eventually(() => {
      most = Math.max(most, server.server.stats().bytesInFlight);
      if (server.echo.gate.waiting === 2) server.echo.gate.open();
      return peer.packets.length === 10;
    });
    expect(most).toBeGreaterThan(1_200_000);
    expect(most).toBeLessThan(1_300_000);
  });

  test('all connections together: a greedy one and a modest one both get on', async () => {
    const server = await startEchoServer({ limits: { inFlightMax: 4 } });
    const greedy = await connectOne(server);
    const modest = await connectOne(server);
    for (let id = 1; id <= 200; id += 1) greedy.send(hold(id));
    await eventually(() => server.echo.gate.waiting === 4);
    modest.send(requestFrame({ iRequestId: 1 }));
    let most = 0;
    await eventually(() => {
      most = Math.max(most, server.server.stats().requestsInFlight);
      server.echo.gate.open();
      return modest.packets.length === 1;
    });
    expect(greedy.packets.length).toBeLessThan(200);
    await eventually(() => {
      server.echo.gate.open();
      return greedy.packets.length === 200;
    });
    expect(most).toBeLessThanOrEqual(4);
  });

  test('closing lets requests in flight finish, and takes no new connection', async () => {
    const server = await startEchoServer();
    const proxy = echoProxy(server);
    const held = proxy.hold({ body: new Uint8Array(2) });
    await eventually(() => server.echo.gate.waiting === 1);
    const closing = server.server.close(10_000);
    const late = RawPeer.connect(server.port);
    await expect(late).rejects.toThrow('ECONNREFUSED');
    server.echo.gate.open();
    expect(await held).toEqual({ ret: 2 });
    await closing;
    expect(server.server.stats().connections).toBe(0);
  });
});

describe('the log', () => {
  test('a flood of wrong frames is a few lines in a second, which say how many were left out', async () => {
    const server = await startEchoServer({ limits: { logLinesPerSecondMax: 3 } });
    const flood = async () => {
      const peers = await connectMany(server, 100);
      for (const peer of peers) peer.send(Uint8Array.of(0, 0, 0, 1));
      await eventually(() => peers.every(({ isClosed }) => isClosed));
    };
    const began = performance.now();
    await flood();
    const seconds = Math.ceil((performance.now() - began) / 1_000);
    expect(server.server.stats().refusedConnections).toBe(100);
    expect(server.log.length).toBeLessThanOrEqual(3 * (seconds + 1));
    expect(server.log.every(({ code }) => code === 'TARS_FRAME_LENGTH')).toBe(true);
    // The line that the next second lets through counts the others.
    await eventually(async () => {
      await flood();
      return server.log.some((line) => Number(line['suppressed']) > 0);
    });
    const told = server.log.reduce((sum, line) => sum + 1 + Number(line['suppressed']), 0);
    expect(told).toBeLessThanOrEqual(server.server.stats().refusedConnections);
    expect(told).toBeGreaterThanOrEqual(100);
  });
});
