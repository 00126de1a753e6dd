/** Byte for byte against the codec that Tars.js publishes, in both directions. */

import { describe, expect, it } from 'vitest';
import { decodeTup, encodeTup } from '../../../tars/codec/tup.ts';
import { decodeFields, decodeStruct } from '../../../tars/codec/decode.ts';
import { encodeFields, encodeStruct } from '../../../tars/codec/encode.ts';
import { required, struct, t, type TarsType } from '../../../tars/codec/types.ts';
import { EndpointF } from '../../../tars/framework/endpoint-f.ts';
import { RequestPacket, ResponsePacket } from '../../../tars/framework/packets.ts';
import { StatMicMsgBody, StatMicMsgHead } from '../../../tars/framework/stat-f.ts';
import { toHex } from '../../support/tars/hex.ts';
import {
  generated,
  invoke,
  published,
  publishedBytes,
  publishedReader,
  readGenerated,
  writeGenerated,
  type PublishedMap,
} from '../../support/tars/published-codec.ts';

const { Int32, String: Text } = published;
const tags = [0, 14, 15, 255] as const;

function theirMap(key: unknown, value: unknown, entries: Iterable<readonly [unknown, unknown]>) {
  const map = published.Map(key, value);
  for (const [name, item] of entries) map.insert(name, item);
  return map;
}

function theirList(item: unknown, items: readonly unknown[]) {
  const list = published.List(item);
  for (const one of items) list.push(one);
  return list;
}

function entriesOf(map: unknown): Map<unknown, unknown> {
  const entries = new Map<unknown, unknown>();
  (map as PublishedMap).forEach((key, value) => void entries.set(key, value));
  return entries;
}

describe('a scalar is the same to both', () => {
  const rows: readonly [method: string, type: TarsType, values: readonly unknown[]][] = [
    ['Boolean', t.bool, [true, false]],
    ['Int8', t.int8, [0, 1, -1, 127, -128]],
    ['UInt8', t.uint8, [0, 127, 128, 255]],
    ['Int16', t.int16, [0, -128, -129, 127, 128, 32_767, -32_768]],
    ['UInt16', t.uint16, [0, 255, 32_768, 65_535]],
    ['Int32', t.int32, [0, -129, 32_768, -32_769, 2 ** 31 - 1, -(2 ** 31)]],
    ['UInt32', t.uint32, [0, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]],
    ['Float', t.float, [1.5, -0.25, 3.4028234663852886e38]],
    ['Double', t.double, [0.1, -1e300, Number.MIN_VALUE]],
    [
      'String',
      t.string,
      ['', 'abc', 'x'.repeat(255), 'x'.repeat(256), 'é'.repeat(200), '\u{1F600}'],
    ],
  ];
  const cases = rows.flatMap(([method, type, values]) =>
    values.flatMap((value) => tags.map((tag) => ({ method, type, value, tag }))),
  );
  it.each(cases)('$method $value with tag $tag', ({ method, type, value, tag }) => {
    const theirs = publishedBytes((stream) => invoke(stream, `write${method}`, tag, value));
    const ours = encodeFields([[tag, type, value]]);
    expect(toHex(ours)).toBe(toHex(theirs));
    expect(decodeFields({ value: [tag, type] }, theirs).value).toBe(value);
    expect(invoke(publishedReader(Buffer.from(ours)), `read${method}`, tag, true)).toBe(value);
  });

  const integers = [0, -1, 128, -(2 ** 31) - 1, 2 ** 31, 2 ** 40 + 7, -(2 ** 53) + 1, 2 ** 53 - 1];
  it.each(integers)('Int64 %i', (value) => {
    const theirs = publishedBytes((stream) => invoke(stream, 'writeInt64', 1, value));
    const ours = encodeFields([[1, t.int64, BigInt(value)]]);
    expect(toHex(ours)).toBe(toHex(theirs));
    expect(decodeFields({ value: [1, t.int64] }, theirs).value).toBe(BigInt(value));
    expect(invoke(publishedReader(Buffer.from(ours)), 'readInt64', 1, true)).toBe(value);
  });

  it.skip('Int64 beyond 2^53 (skipped: @tars/stream computes with doubles and writes other digits)', () => {});

  it.each(['Float', 'Double'])(
    '%s 0: theirs has no payload, ours is like C++; each reads the other',
    (method) => {
      const type = method === 'Float' ? t.float : t.double;
      const theirs = publishedBytes((stream) => invoke(stream, `write${method}`, 1, 0));
      const ours = encodeFields([[1, type, 0]]);
      expect(toHex(theirs)).toBe('1c');
      expect(decodeFields({ value: [1, type] }, theirs).value).toBe(0);
      expect(invoke(publishedReader(Buffer.from(ours)), `read${method}`, 1, true)).toBe(0);
    },
  );
});

describe('containers are the same to both', () => {
  it.each([0, 1, 200, 40_000])('%i bytes', (length) => {
    const value = Uint8Array.from({ length }, (_, at) => at & 0xff);
    const buffer = new published.BinBuffer(Buffer.from(value));
    const theirs = publishedBytes((stream) => invoke(stream, 'writeBytes', 2, buffer));
    const ours = encodeFields([[2, t.bytes, value]]);
    expect(toHex(ours)).toBe(toHex(theirs));
    expect(decodeFields({ value: [2, t.bytes] }, theirs).value).toEqual(value);
    const read = invoke(
      publishedReader(Buffer.from(ours)),
      'readBytes',
      2,
      true,
      published.BinBuffer,
    );
    expect(Uint8Array.from(invoke(read, 'toNodeBuffer') as Buffer)).toEqual(value);
  });

  it('a list of strings', () => {
    const value = ['', 'a', 'é'.repeat(130), 'x'.repeat(300)];
    const list = theirList(Text, value);
    const theirs = publishedBytes((stream) => invoke(stream, 'writeList', 3, list));
    const ours = encodeFields([[3, t.list(t.string), value]]);
    expect(toHex(ours)).toBe(toHex(theirs));
    expect(decodeFields({ value: [3, t.list(t.string)] }, theirs).value).toEqual(value);
    const read = invoke(
      publishedReader(Buffer.from(ours)),
      'readList',
      3,
      true,
      published.List(Text),
    );
    expect((read as { value: unknown }).value).toEqual(value);
  });

  it('a map of numbers', () => {
    const value = new Map([
      [5, 0],
      [100, 70_000],
      [3_000, -1],
    ]);
    const type = t.map(t.int32, t.int32);
    const map = theirMap(Int32, Int32, value);
    const theirs = publishedBytes((stream) => invoke(stream, 'writeMap', 4, map));
    const ours = encodeFields([[4, type, value]]);
    expect(toHex(ours)).toBe(toHex(theirs));
    expect(decodeFields({ value: [4, type] }, theirs).value).toEqual(value);
    const read = invoke(
      publishedReader(Buffer.from(ours)),
      'readMap',
      4,
      true,
      published.Map(Int32, Int32),
    );
    expect(entriesOf(read)).toEqual(value);
  });
});

describe('packets are the same to both', () => {
  const context = new Map([
    ['node_name', '10.0.0.1'],
    ['clé', 'x'.repeat(300)],
  ]);
  const status = new Map([['STATUS_TRACE_KEY', '1f-abc|def|']]);
  const shared = { iVersion: 1, cPacketType: 1, iMessageType: 0x180, iRequestId: 70_000 };
  const sBuffer = Uint8Array.of(1, 2, 255);
  const theirShared = () => ({
    sBuffer: new published.BinBuffer(Buffer.from(sBuffer)),
    context: theirMap(Text, Text, context),
    status: theirMap(Text, Text, status),
  });

  it('RequestPacket', () => {
    const names = { sServantName: 'Shop.CartServer.CartObj', sFuncName: 'add', iTimeout: 3_000 };
    const value = { ...shared, ...names, sBuffer, context, status };
    const theirs = writeGenerated(
      Object.assign(new generated.RequestPacket(), value, theirShared()),
    );
    const ours = encodeStruct(RequestPacket, value);
    expect(toHex(ours)).toBe(toHex(theirs));
    expect(decodeStruct(RequestPacket, theirs)).toEqual(value);
    const read = readGenerated(generated.RequestPacket, Buffer.from(ours));
    expect(read).toMatchObject({ ...shared, ...names });
    expect(entriesOf(read['context'])).toEqual(context);
    expect(entriesOf(read['status'])).toEqual(status);
  });

  it('ResponsePacket', () => {
    const outcome = { iRet: -99, sResultDesc: 'failed' };
    const value = { ...shared, ...outcome, sBuffer, context, status };
    const theirs = writeGenerated(
      Object.assign(new generated.ResponsePacket(), value, theirShared()),
    );
    const ours = encodeStruct(ResponsePacket, value);
    expect(toHex(ours)).toBe(toHex(theirs));
    expect(decodeStruct(ResponsePacket, theirs)).toEqual(value);
    const read = readGenerated(generated.ResponsePacket, Buffer.from(ours));
    expect(read).toMatchObject({ ...shared, ...outcome });
    expect(entriesOf(read['context'])).toEqual(context);
  });
});

describe('structs of the framework are the same to both', () => {
  const head = {
    masterName: 'Shop.WebServer@3.0.22',
    slaveName: 'Shop.CartServer.CartObj',
    interfaceName: 'add',
    masterIp: '10.0.0.1',
    slaveIp: '',
    slavePort: 20_000,
    returnValue: -7,
    slaveSetName: 's',
    slaveSetArea: 'a',
    slaveSetID: '1',
    tarsVersion: '',
  };
  const body = {
    count: 1,
    timeoutCount: 0,
    execCount: 70_000,
    intervalCount: new Map([[5, 3]]),
    totalRspTime: 2n ** 40n,
    maxRspTime: 9,
    minRspTime: 0,
  };

  it('a map of StatMicMsg', () => {
    const type = t.map(StatMicMsgHead, StatMicMsgBody);
    const theirBody = {
      intervalCount: theirMap(Int32, Int32, body.intervalCount),
      totalRspTime: 2 ** 40,
    };
    const map = theirMap(generated.StatMicMsgHead, generated.StatMicMsgBody, [
      [
        Object.assign(new generated.StatMicMsgHead(), head),
        Object.assign(new generated.StatMicMsgBody(), body, theirBody),
      ],
    ]);
    const theirs = publishedBytes((stream) => invoke(stream, 'writeMap', 1, map));
    const ours = encodeFields([[1, type, new Map([[head, body]])]]);
    expect(toHex(ours)).toBe(toHex(theirs));
    expect([...decodeFields({ msg: [1, type] }, theirs).msg]).toEqual([[head, body]]);
    const theirType = published.Map(generated.StatMicMsgHead, generated.StatMicMsgBody);
    const read = entriesOf(
      invoke(publishedReader(Buffer.from(ours)), 'readMap', 1, true, theirType),
    );
    const [[readHead, readBody] = []] = read;
    expect(readHead).toMatchObject(head);
    expect(readBody).toMatchObject({ count: 1, execCount: 70_000, totalRspTime: 2 ** 40 });
  });

  it('EndpointF, of which theirs knows fewer fields', () => {
    const theirs = Object.assign(new generated.EndpointF(), { host: 'h', port: 1, istcp: 1 });
    expect(decodeStruct(EndpointF, writeGenerated(theirs))).toMatchObject({
      host: 'h',
      port: 1,
      istcp: 1,
      nodeName: '',
    });
    const value = { host: 'h', port: 2, timeout: 3, istcp: 1, grid: 0, setId: 'a.b.c', weight: -1 };
    const ours = Buffer.from(encodeStruct(EndpointF, { ...value, nodeName: 'n1' }));
    expect(readGenerated(generated.EndpointF, ours)).toMatchObject({
      host: 'h',
      port: 2,
      setId: 'a.b.c',
    });
  });
});

describe.each([3, 2] as const)('TUP %i is the same to both', (version) => {
  const Parameters = struct('Test.call', {
    id: required(1, t.string),
    count: required(2, t.int32),
    names: required(3, t.list(t.string)),
    labels: required(4, t.map(t.string, t.string)),
    raw: required(5, t.bytes),
    flag: required(6, t.bool),
    big: required(7, t.int64),
    ratio: required(8, t.double),
  });
  const values = {
    id: 'a.b.C',
    count: 5,
    names: ['x', 'y'],
    labels: new Map([['k', 'v']]),
    raw: Uint8Array.of(7),
    flag: true,
    big: 9n,
    ratio: 0.5,
  };

  it('ours reads theirs', () => {
    const attributes = new published.UniAttribute();
    attributes.tupVersion = version;
    invoke(attributes, 'writeString', 'id', 'a.b.C');
    invoke(attributes, 'writeInt32', 'count', 5);
    invoke(attributes, 'writeList', 'names', theirList(Text, ['x', 'y']));
    invoke(attributes, 'writeMap', 'labels', theirMap(Text, Text, values.labels));
    invoke(attributes, 'writeBytes', 'raw', new published.BinBuffer(Buffer.from([7])));
    invoke(attributes, 'writeBoolean', 'flag', true);
    invoke(attributes, 'writeInt64', 'big', 9);
    invoke(attributes, 'writeDouble', 'ratio', 0.5);
    expect(decodeTup(Parameters.node, version, attributes.encode().toNodeBuffer())).toEqual(values);
  });

  it('theirs reads ours', () => {
    const attributes = new published.UniAttribute();
    attributes.tupVersion = version;
    const bytes = encodeTup(Parameters.node, version, values);
    attributes.decode(new published.BinBuffer(Buffer.from(bytes)));
    expect(invoke(attributes, 'readString', 'id')).toBe('a.b.C');
    expect(invoke(attributes, 'readInt32', 'count')).toBe(5);
    const names = invoke(attributes, 'readList', 'names', published.List(Text));
    expect((names as { value: unknown }).value).toEqual(['x', 'y']);
    const labels = invoke(attributes, 'readMap', 'labels', published.Map(Text, Text));
    expect(entriesOf(labels)).toEqual(values.labels);
    expect(invoke(attributes, 'readBoolean', 'flag')).toBe(true);
    expect(invoke(attributes, 'readInt64', 'big')).toBe(9);
    expect(invoke(attributes, 'readDouble', 'ratio')).toBe(0.5);
  });
});
