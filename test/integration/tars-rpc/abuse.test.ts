/** What a hostile peer may send to a TARS port: each abuse ends as said, and nobody else notices. */

import { describe, expect, test } from 'vitest';
import { decodeStruct } from '../../../tars/codec/decode.ts';
import { encodeFields } from '../../../tars/codec/encode.ts';
import { t } from '../../../tars/codec/types.ts';
import { RequestPacket, ResponsePacket } from '../../../tars/framework/packets.ts';
import { frameOf } from '../../../tars/rpc/frame.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { Bystander } from '../../support/tars/bystander.ts';
import { startEchoServer } from '../../support/tars/echo-server.ts';
import { RawPeer, requestFrame, requestPacket } from '../../support/tars/raw-peer.ts';

const FRAME_BYTES_MAX = 1024 * 1024;
const limits = { frameBytesMax: FRAME_BYTES_MAX, frameMsMax: 200 };

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

/** A length, and as many bytes as it says. */
function framed(hex: string): Uint8Array {
  return frameOf(bytes(hex));
}

/** The fields of a good head, up to the function name. */
const HEAD = Buffer.from(requestPacket().subarray(0, requestPacket().indexOf(0x7d))).toString(
  'hex',
);
const NESTED = 10_000;

describe('closes the connection, with one coded line', () => {
  const nestedStructs = `${'0a'.repeat(NESTED)}${'0b'.repeat(NESTED)}`;
  const table = [
    { name: 'length 0', sent: bytes('00000000'), code: 'TARS_FRAME_LENGTH' },
    { name: 'length 3', sent: bytes('00000003'), code: 'TARS_FRAME_LENGTH' },
    { name: 'length 4', sent: bytes('00000004'), code: 'TARS_FRAME_LENGTH' },
    { name: 'length one over the limit', sent: bytes('00100001'), code: 'TARS_FRAME_LENGTH' },
    { name: 'length 2^31 - 1', sent: bytes('7fffffff'), code: 'TARS_FRAME_LENGTH' },
    { name: 'length -1', sent: bytes('ffffffff'), code: 'TARS_FRAME_LENGTH' },
    {
      name: 'an HTTP request',
      sent: Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      code: 'TARS_FRAME_LENGTH',
    },
    { name: 'a TLS hello', sent: bytes('16030100f8010000f40303'), code: 'TARS_FRAME_LENGTH' },
    { name: 'one byte of packet', sent: framed('00'), code: 'TARS_PACKET' },
    { name: 'a packet of noise', sent: framed('ff'.repeat(5_000)), code: 'TARS_PACKET' },
    { name: 'a packet of zeros', sent: framed('00'.repeat(5_000)), code: 'TARS_PACKET' },
    { name: 'a request id that is text', sent: framed('1001 2c 3c 460161'), code: 'TARS_PACKET' },
    { name: 'an unknown wire type', sent: framed(`0e${HEAD}`), code: 'TARS_PACKET' },
    { name: 'a struct that ends before it began', sent: framed(`0b${HEAD}`), code: 'TARS_PACKET' },
    {
      name: `${NESTED} structs in front of the head`,
      sent: framed(`${nestedStructs}${HEAD}`),
      code: 'TARS_PACKET',
    },
    {
      name: `${NESTED} lists in front of the head`,
      sent: framed(`${'090001'.repeat(NESTED)}${HEAD}`),
      code: 'TARS_PACKET',
    },
    {
      name: 'a list of 2^31 - 1 in front of the head',
      sent: framed(`09027fffffff${HEAD}`),
      code: 'TARS_PACKET',
    },
    {
      name: 'a servant name that runs past the end',
      sent: framed('1001 2c 3c 4001 56ff61'),
      code: 'TARS_PACKET',
    },
    {
      name: 'a servant name of 4 GB',
      sent: framed('1001 2c 3c 4001 57ffffffff61'),
      code: 'TARS_PACKET',
    },
    {
      name: 'half a frame, and silence',
      sent: requestFrame().subarray(0, 20),
      code: 'TARS_SLOW_SENDER',
    },
    { name: 'half a length, and silence', sent: bytes('0000'), code: 'TARS_SLOW_SENDER' },
    { name: 'a megabyte claimed, nothing sent', sent: bytes('00100000'), code: 'TARS_SLOW_SENDER' },
  ];
  for (const { name, sent, code } of table) {
    test(name, async () => {
      const server = await startEchoServer({ limits });
      const bystander = new Bystander(server);
      const peer = await RawPeer.connect(server.port);
      // A good request first: it is answered before the connection is closed.
      peer.send(Buffer.concat([requestFrame({ iRequestId: 41 }), sent]));
      await eventually(() => peer.isClosed);
      const before = bystander.answers;
      await eventually(() => bystander.answers > before + 10);
      await bystander.stop();
      expect(peer.replies.map(({ iRequestId }) => iRequestId)).toEqual([41]);
      expect(server.log.map((line) => [line.code, line.msg])).toEqual([
        [code, 'tars connection closed'],
      ]);
      expect(server.log[0]).toMatchObject({
        peerAddress: '127.0.0.1',
        peerPort: expect.any(Number),
      });
      expect(bystander.bufferedBytesMax).toBeLessThan(FRAME_BYTES_MAX);
      await eventually(() => server.server.stats().bufferedBytes === 0);
    });
  }

  test('bytes that drip', async () => {
    const server = await startEchoServer({ limits });
    const bystander = new Bystander(server);
    const peer = await RawPeer.connect(server.port);
    const frame = requestFrame({ sBuffer: new Uint8Array(10_000) });
    for (let at = 0; at < frame.length && !peer.isClosed; at += 1) {
      peer.send(frame.subarray(at, at + 1));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await eventually(() => peer.isClosed);
    await bystander.stop();
    expect(server.log.map(({ code }) => code)).toEqual(['TARS_SLOW_SENDER']);
    expect(peer.packets).toEqual([]);
    expect(bystander.answers).toBeGreaterThan(10);
  });
});

describe('answers -1, and the connection goes on', () => {
  const map = (hex: string) => framed(`${HEAD}${hex}`);
  const call = (sFuncName: string, iVersion: number, sBuffer: Uint8Array) =>
    requestFrame({ iRequestId: 1, sFuncName, iVersion, sBuffer });
  const table = [
    { name: 'parameters that are text', sent: map('760161') },
    { name: 'parameters of 2^31 - 1 bytes', sent: map('7d00027fffffff00') },
    { name: 'parameters of negative length', sent: map('7d0000ff') },
    { name: 'a deadline that is a list', sent: map('7d000c 890c') },
    { name: 'a context that is a list', sent: map('7d000c 8c 990c') },
    { name: 'a context of 2^31 - 1 entries', sent: map('7d000c 8c 98027fffffff') },
    { name: 'a context whose values are numbers', sent: map('7d000c 8c 980001 060161 1001') },
    { name: 'a context that ends in the middle', sent: map('7d000c 8c 980001 0601') },
    { name: 'a status of structs', sent: map('7d000c 8c 980c a80001 0a0b 1a0b') },
    { name: 'structs as deep as the frame', sent: call('hold', 1, bytes('0a'.repeat(500_000))) },
    { name: 'lists as deep as the frame', sent: call('hold', 1, bytes('090001'.repeat(100_000))) },
    { name: 'arguments that are missing', sent: call('add', 1, new Uint8Array(0)) },
    { name: 'arguments of another type', sent: call('add', 1, bytes('160161 2c')) },
    { name: 'a simple list of structs', sent: call('hold', 1, bytes('1d 0a 0c')) },
    { name: 'a simple list of 2^31 - 1', sent: call('hold', 1, bytes('1d 00 027fffffff')) },
    { name: 'a list of bytes of 2^31 - 1', sent: call('hold', 1, bytes('19 027fffffff')) },
    { name: 'TUP: noise', sent: call('add', 3, bytes('ff'.repeat(100))) },
    { name: 'TUP: nothing', sent: call('add', 3, new Uint8Array(0)) },
    { name: 'TUP: a map of 2^31 - 1', sent: call('add', 3, bytes('08 027fffffff')) },
    {
      name: 'TUP: values that are numbers',
      sent: call('add', 3, bytes('080001 06046c656674 1001')),
    },
    {
      name: 'TUP: a value of the wrong type',
      sent: call('note', 3, bytes('080001 060474657874 1d0000020001')),
    },
    {
      name: 'TUP 2 without types',
      sent: call('note', 2, bytes('080001 060474657874 1d0000020001')),
    },
    { name: 'JSON: cut off', sent: call('add', 5, Buffer.from('{"left": 1')) },
    { name: 'JSON: a list', sent: call('add', 5, Buffer.from('[1, 2]')) },
    {
      name: 'JSON: text for a number',
      sent: call('add', 5, Buffer.from('{"left": "x", "right": 1}')),
    },
    {
      name: 'JSON: a number too large',
      sent: call('add', 5, Buffer.from('{"left": 1e30, "right": 1}')),
    },
    {
      name: 'JSON: as deep as the frame',
      sent: call('add', 5, Buffer.from(`{"left": ${'['.repeat(500_000)}`)),
    },
    { name: 'JSON: not UTF-8', sent: call('note', 5, bytes('fffefd')) },
    { name: 'version 0', sent: requestFrame({ iVersion: 0 }) },
    { name: 'version -1', sent: requestFrame({ iVersion: -1 }) },
    { name: 'version 4', sent: requestFrame({ iVersion: 4 }) },
  ];
  for (const { name, sent } of table) {
    test(name, async () => {
      const server = await startEchoServer({ limits: { frameBytesMax: FRAME_BYTES_MAX } });
      const bystander = new Bystander(server);
      const peer = await RawPeer.connect(server.port);
      peer.send(Buffer.concat([sent, requestFrame({ iRequestId: 42 })]));
      await eventually(
        () => peer.packets.length === 2,
        () => JSON.stringify(server.log),
      );
      await bystander.stop();
      const code = name.startsWith('TUP')
        ? decodeStruct(RequestPacket, peer.packets[0]!).status.get('STATUS_RESULT_CODE')
        : String(decodeStruct(ResponsePacket, peer.packets[0]!).iRet);
      expect(code).toBe('-1');
      expect(decodeStruct(ResponsePacket, peer.packets[1]!)).toMatchObject({
        iRequestId: 42,
        iRet: 0,
      });
      expect(server.log).toEqual([]);
      expect(server.echo.calls.every(({ func }) => func === 'add')).toBe(true);
    });
  }
});

test('unreadable parameters of 300 requests at once: all answered, none of them twice', async () => {
  const server = await startEchoServer({ limits: { frameBytesMax: FRAME_BYTES_MAX } });
  const peer = await RawPeer.connect(server.port);
  const frames = Array.from({ length: 300 }, (_, at) =>
    requestFrame({
      iRequestId: at + 1,
      sFuncName: 'add',
      sBuffer: encodeFields([[1, t.string, 'x']]),
    }),
  );
  peer.send(Buffer.concat(frames));
  await eventually(() => peer.packets.length === 300);
  expect(new Set(peer.replies.map(({ iRequestId }) => iRequestId)).size).toBe(300);
  expect(peer.replies.every(({ iRet }) => iRet === -1)).toBe(true);
  peer.destroy();
});
