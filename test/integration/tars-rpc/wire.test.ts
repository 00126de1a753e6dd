/** The bytes on the wire: what replies echo, in each version, and when there must be none. */

import { describe, expect, test } from 'vitest';
import { encodeFields } from '../../../tars/codec/encode.ts';
import { decodeResult, encodeArguments } from '../../../tars/codec/call.ts';
import { t } from '../../../tars/codec/types.ts';
import type { ResponsePacket } from '../../../tars/framework/packets.ts';
import { frameOf } from '../../../tars/rpc/frame.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { EchoF } from '../../support/tars/echo-interface.ts';
import { startEchoServer, testClient, type EchoServer } from '../../support/tars/echo-server.ts';
import { RawPeer, requestFrame } from '../../support/tars/raw-peer.ts';

const { add, note } = EchoF.functions;
const ONE_WAY = 1;

async function exchange(server: EchoServer, ...frames: readonly Uint8Array[]): Promise<RawPeer> {
  const peer = await RawPeer.connect(server.port);
  peer.send(Buffer.concat(frames));
  await eventually(() => peer.packets.length === frames.length);
  peer.destroy();
  return peer;
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex');
}

describe('every reply echoes version, id, message type and context', () => {
  test('the bytes of a ping, with a context of one entry', async () => {
    const context = new Map([['node_name', 'n-1']]);
    const frame = requestFrame({ iRequestId: 0x01020304, iMessageType: 0x84, context });
    const peer = await exchange(await startEchoServer(), frame);
    // 1 iVersion, 2 cPacketType, 3 iRequestId, 4 iMessageType, 5 iRet, 6 sBuffer, 7 status, 8 text, 9 context.
    expect(hex(peer.packets[0])).toBe(
      `1001${'2c'}${'3201020304'}${'410084'}${'5c'}${'6d000c'}${'780c'}${'8600'}` +
        `980001${'0609'}${hex(Buffer.from('node_name'))}${'1603'}${hex(Buffer.from('n-1'))}`,
    );
  });

  const context = new Map([
    ['node_name', 'n1'],
    ['', 'empty key'],
    ['long', 'x'.repeat(300)],
    ['ünï', '值'],
  ]);
  const failing = [
    { name: 'success', fields: {}, iRet: 0 },
    { name: 'unknown servant', fields: { sServantName: 'No.Such.Obj' }, iRet: -4 },
    { name: 'unknown function', fields: { sFuncName: 'none' }, iRet: -3 },
    {
      name: 'unreadable arguments',
      fields: { sFuncName: 'add', sBuffer: Uint8Array.of(0x1f) },
      iRet: -1,
    },
    {
      name: 'failing handler',
      fields: { sFuncName: 'fail', sBuffer: encodeFields([[1, t.string, 'throws']]) },
      iRet: -99,
    },
    {
      name: 'result that does not fit',
      fields: { sFuncName: 'fail', sBuffer: encodeFields([[1, t.string, 'half']]) },
      iRet: -2,
    },
    {
      name: 'answer that comes later',
      fields: { sFuncName: 'waitFor', sBuffer: encodeFields([[1, t.int32, 5]]) },
      iRet: 0,
    },
    { name: 'unknown version', fields: { iVersion: 4 }, iRet: -1 },
  ] as const;
  for (const { name, fields, iRet } of failing) {
    test(`version 1: ${name}`, async () => {
      const frame = requestFrame({
        iVersion: 1,
        ...fields,
        iRequestId: 77,
        iMessageType: 9,
        context,
      });
      const [reply] = (await exchange(await startEchoServer(), frame)).replies;
      const iVersion = 'iVersion' in fields ? fields.iVersion : 1;
      expect(reply).toMatchObject({
        iVersion,
        cPacketType: 0,
        iRequestId: 77,
        iMessageType: 9,
        iRet,
        context,
      });
      expect(reply?.sResultDesc === '').toBe(iRet === 0);
    });
  }
  const tupFailing = failing.filter(
    ({ fields }) => !('sBuffer' in fields) && !('iVersion' in fields),
  );
  for (const iVersion of [2, 3]) {
    for (const { name, fields, iRet } of tupFailing) {
      test(`version ${iVersion}: ${name}`, async () => {
        const frame = requestFrame({
          ...fields,
          iVersion,
          iRequestId: 78,
          iMessageType: 9,
          context,
        });
        const [reply] = (await exchange(await startEchoServer(), frame)).tupReplies;
        expect(reply).toMatchObject({
          iVersion,
          cPacketType: 0,
          iRequestId: 78,
          iMessageType: 9,
          context,
        });
        expect(reply?.status.get('STATUS_RESULT_CODE')).toBe(String(iRet));
        expect(reply?.status.get('STATUS_RESULT_DESC') === '').toBe(iRet === 0);
      });
    }
  }
});

describe('versions', () => {
  const values = { left: 2n ** 63n - 2n, right: 1n };
  const result = { ret: 2n ** 63n - 1n, text: '9223372036854775806 and 1' };

  test('1: a field for each parameter; what the caller wrote for the out parameter is passed over', async () => {
    const sBuffer = Buffer.concat([
      encodeArguments(add, 1, values),
      encodeFields([[3, t.string, 'old']]),
    ]);
    const peer = await exchange(
      await startEchoServer(),
      requestFrame({ sFuncName: 'add', sBuffer }),
    );
    expect(decodeResult(add, 1, peer.replies[0]!.sBuffer)).toEqual(result);
    expect(hex(peer.replies[0]?.sBuffer).slice(0, 18)).toBe('037fffffffffffffff');
  });

  for (const version of [2, 3] as const) {
    test(`${version}: TUP, answered in the shape of a request`, async () => {
      const frame = requestFrame({
        iVersion: version,
        sFuncName: 'add',
        sBuffer: encodeArguments(add, version, values),
      });
      const peer = await exchange(await startEchoServer(), frame);
      const [reply] = peer.tupReplies;
      expect(reply).toMatchObject({
        sServantName: 'Test.EchoServer.EchoObj',
        sFuncName: 'add',
        iRequestId: 1,
      });
      expect(decodeResult(add, version, reply!.sBuffer)).toEqual(result);
    });
  }

  test('3: the result is under both of its names', async () => {
    const frame = requestFrame({
      iVersion: 3,
      sFuncName: 'add',
      sBuffer: encodeArguments(add, 3, values),
    });
    const [reply] = (await exchange(await startEchoServer(), frame)).tupReplies;
    const body = hex(reply?.sBuffer);
    const value = '1d000009037fffffffffffffff';
    expect(body).toContain(`0600${value}`);
    expect(body).toContain(`0608${hex(Buffer.from('tars_ret'))}${value}`);
  });

  test('5: JSON, with integers of 64 bits in all their digits', async () => {
    const sBuffer = Buffer.from('{"left": 9223372036854775806, "right": 1}');
    const frame = requestFrame({ iVersion: 5, sFuncName: 'add', sBuffer });
    const [reply] = (await exchange(await startEchoServer(), frame)).replies;
    expect(reply?.iVersion).toBe(5);
    expect(Buffer.from(reply!.sBuffer).toString()).toBe(
      '{"tars_ret":9223372036854775807,"text":"9223372036854775806 and 1"}',
    );
  });

  test('a result that is encoded already is told in every version', async () => {
    const { known } = EchoF.functions;
    const server = await startEchoServer();
    for (const version of [1, 2, 3, 5] as const) {
      const sBuffer = encodeArguments(known, version, { id: 'x' });
      const peer = await exchange(
        server,
        requestFrame({ iVersion: version, sFuncName: 'known', sBuffer }),
      );
      const body = (version === 2 || version === 3 ? peer.tupReplies : peer.replies)[0]!.sBuffer;
      expect(decodeResult(known, version, body)).toEqual({ ret: '<x>' });
    }
  });

  test('tars_ping is answered in every version by every servant, and by no other', async () => {
    const server = await startEchoServer();
    const bodies = { 1: '', 2: '080c', 3: '080c', 5: hex(Buffer.from('{}')) };
    for (const [version, body] of Object.entries(bodies)) {
      const peer = await exchange(server, requestFrame({ iVersion: Number(version) }));
      const replies = version === '2' || version === '3' ? peer.tupReplies : peer.replies;
      expect([version, hex(replies[0]?.sBuffer)]).toEqual([version, body]);
    }
    const other = await exchange(server, requestFrame({ sServantName: 'Test.EchoServer.Other' }));
    expect(other.replies[0]?.iRet).toBe(-4);
  });

  test('a deadline of 0 is none', async () => {
    const sBuffer = encodeFields([[1, t.int32, 20]]);
    const frame = requestFrame({ sFuncName: 'waitFor', iTimeout: 0, sBuffer });
    const [reply] = (await exchange(await startEchoServer(), frame)).replies;
    expect([reply?.iRet, hex(reply?.sBuffer)]).toEqual([0, '0014']);
  });

  test('a packet without any of the fields that some libraries leave out', async () => {
    const bare = encodeFields([
      [1, t.int16, 1],
      [4, t.int32, 5],
      [5, t.string, 'Test.EchoServer.EchoObj'],
      [6, t.string, 'tars_ping'],
    ]);
    const [reply] = (await exchange(await startEchoServer(), frameOf(bare))).replies;
    expect(reply).toMatchObject({ iRequestId: 5, iRet: 0 });
  });
});

describe('one-way requests are never answered', () => {
  const table = [
    {
      name: 'success',
      fields: { sFuncName: 'note', sBuffer: encodeArguments(note, 1, { text: 'x' }) },
    },
    {
      name: 'TUP success',
      fields: { iVersion: 3, sFuncName: 'note', sBuffer: encodeArguments(note, 3, { text: 'x' }) },
    },
    {
      name: 'JSON success',
      fields: { iVersion: 5, sFuncName: 'note', sBuffer: encodeArguments(note, 5, { text: 'x' }) },
    },
    {
      name: 'answer that would come later',
      fields: { sFuncName: 'waitFor', sBuffer: encodeFields([[1, t.int32, 1]]) },
    },
    { name: 'ping', fields: {} },
    { name: 'unknown servant', fields: { sServantName: 'No.Such.Obj' } },
    { name: 'unknown function', fields: { sFuncName: 'none' } },
    { name: 'unreadable arguments', fields: { sFuncName: 'add', sBuffer: Uint8Array.of(0x1f) } },
    {
      name: 'TUP garbage',
      fields: { iVersion: 3, sFuncName: 'add', sBuffer: Uint8Array.of(1, 2, 3) },
    },
    {
      name: 'failing handler',
      fields: { sFuncName: 'fail', sBuffer: encodeFields([[1, t.string, 'throws']]) },
    },
    {
      name: 'rejecting handler',
      fields: { sFuncName: 'fail', sBuffer: encodeFields([[1, t.string, 'rejects']]) },
    },
    { name: 'unknown version', fields: { iVersion: 9 } },
  ];
  for (const { name, fields } of table) {
    test(name, async () => {
      const server = await startEchoServer();
      const peer = await RawPeer.connect(server.port);
      peer.send(requestFrame({ ...fields, cPacketType: ONE_WAY }));
      // The two-way call after it, and the end of the connection, show that nothing else comes.
      const slow = requestFrame({
        iRequestId: 99,
        sFuncName: 'waitFor',
        sBuffer: encodeFields([[1, t.int32, 30]]),
      });
      peer.send(slow);
      peer.socket.end();
      await eventually(() => peer.isClosed);
      expect(peer.replies.map(({ iRequestId }) => iRequestId)).toEqual([99]);
      expect(peer.bytesReceived).toBe(peer.packets[0]!.length + 4);
    });
  }
});

describe('a peer that goes away', () => {
  test('what it sent before it closed is carried out, answered or not: PHP beats', async () => {
    const server = await startEchoServer();
    for (let round = 0; round < 20; round += 1) {
      const peer = await RawPeer.connect(server.port);
      const sBuffer = encodeArguments(note, 3, { text: `beat ${round}` });
      peer.socket.end(requestFrame({ iVersion: 3, sFuncName: 'note', sBuffer }));
      peer.socket.once('finish', () => peer.destroy());
    }
    await eventually(() => server.echo.notes.length === 20);
    await eventually(() => server.server.stats().connections === 0);
    expect(server.log).toEqual([]);
  });

  test('frames that waited for room are carried out after it closed', async () => {
    const server = await startEchoServer({ limits: { inFlightMaxPerConnection: 1 } });
    const peer = await RawPeer.connect(server.port);
    const held = requestFrame({
      sFuncName: 'hold',
      sBuffer: encodeFields([[1, t.bytes, Uint8Array.of(1)]]),
    });
    const noted = requestFrame({
      sFuncName: 'note',
      sBuffer: encodeArguments(note, 1, { text: 'after' }),
    });
    peer.send(Buffer.concat([held, noted]));
    await eventually(() => server.echo.gate.waiting === 1);
    peer.socket.resetAndDestroy();
    await eventually(() => peer.isClosed);
    expect(server.echo.notes).toEqual([]);
    server.echo.gate.open();
    await eventually(() => server.echo.notes.length === 1);
    expect(server.echo.notes).toEqual(['after']);
  });

  test('one that only closed its sending side gets all its answers, then the end', async () => {
    const server = await startEchoServer();
    const peer = await RawPeer.connect(server.port);
    const sBuffer = encodeFields([[1, t.int32, 30]]);
    peer.socket.end(
      Buffer.concat([
        requestFrame({ iRequestId: 1, sFuncName: 'waitFor', sBuffer }),
        requestFrame({ iRequestId: 2 }),
      ]),
    );
    await eventually(() => peer.isClosed);
    expect(peer.replies.map(({ iRequestId, iRet }) => [iRequestId, iRet])).toEqual([
      [2, 0],
      [1, 0],
    ]);
  });
});

describe('packets that no request asked for', () => {
  test('a push has id 0 and names its function in the status', async () => {
    const server = await startEchoServer({
      onConnection: (connection) => connection.push({ func: 'changed', body: Uint8Array.of(0x0c) }),
    });
    const received: ResponsePacket[] = [];
    const client = testClient({ onPush: (_endpoint, packet) => received.push(packet) });
    await client.ping(server.endpoint, 'Test.EchoServer.EchoObj');
    await eventually(() => received.length === 1);
    expect(received[0]).toMatchObject({
      iRequestId: 0,
      iVersion: 1,
      status: new Map([['TARS_FUNC', 'changed']]),
    });
    expect(hex(received[0]?.sBuffer)).toBe('0c');
  });

  test('the request to reconnect moves new calls to a new connection, and lets the old ones end', async () => {
    const server = await startEchoServer();
    const proxy = testClient().proxy(server.endpoint, 'Test.EchoServer.EchoObj', EchoF);
    const held = proxy.hold({ body: new Uint8Array(3) });
    await eventually(() => server.echo.gate.waiting === 1);
    const [first] = server.server.connections;
    let closed = false;
    first?.onClose(() => {
      closed = true;
    });
    expect(first?.push({ description: '_reconnect_' })).toBe(true);
    await eventually(async () => {
      await proxy.note({ text: '' });
      return server.server.stats().connections === 2;
    });
    server.echo.gate.open();
    expect(await held).toEqual({ ret: 3 });
    await eventually(() => closed);
    expect(first?.push({})).toBe(false);
    expect(server.server.stats().connections).toBe(1);
  });

  test('observers see connections come and go', async () => {
    const seen: string[] = [];
    const server = await startEchoServer({
      onConnection: (connection) => {
        seen.push(`open ${connection.peerAddress}`);
        connection.onClose(() => seen.push(`closed after ${connection.stats.requests}`));
      },
    });
    await exchange(server, requestFrame({ iRequestId: 1 }), requestFrame({ iRequestId: 2 }));
    await eventually(() => seen.length === 2);
    expect(seen).toEqual(['open 127.0.0.1', 'closed after 2']);
  });
});
