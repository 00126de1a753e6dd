import { describe, expect, it } from 'vitest';
import { decodeFields, decodeStruct } from '../../../tars/codec/decode.ts';
import { encodeFields, encodeStruct } from '../../../tars/codec/encode.ts';
import { optional, required, struct, t, type TarsType } from '../../../tars/codec/types.ts';
import { LogInfo } from '../../../tars/framework/log-f.ts';
import { RequestPacket, ResponsePacket } from '../../../tars/framework/packets.ts';
import { ReportInfo } from '../../../tars/framework/notify-f.ts';
import { StatPropMsgHead } from '../../../tars/framework/property-f.ts';
import { fromHex, toHex } from '../../support/tars/hex.ts';

const read = (type: TarsType, hex: string, tag = 1): unknown =>
  decodeFields({ value: [tag, type] }, fromHex(hex)).value;
const write = (type: TarsType, value: unknown, tag = 1): string =>
  toHex(encodeFields([[tag, type, value]]));

const Point = struct('Point', { x: required(0, t.int32), y: optional(2, t.int32, 7) });
const long = 'x'.repeat(256);
const accents = 'é'.repeat(127);
const accentsLong = 'é'.repeat(128);
const longHex = (text: string): string => toHex(new TextEncoder().encode(text));

describe('a value on the wire', () => {
  it.each<[name: string, type: TarsType, value: unknown, hex: string]>([
    ['false', t.bool, false, '1c'],
    ['true', t.bool, true, '10 01'],
    ['int8 0', t.int8, 0, '1c'],
    ['int8 smallest', t.int8, -128, '10 80'],
    ['int8 largest', t.int8, 127, '10 7f'],
    ['uint8 within int8', t.uint8, 127, '10 7f'],
    ['uint8 largest', t.uint8, 255, '11 00 ff'],
    ['int16 that fits int8', t.int16, -1, '10 ff'],
    ['int16 smallest', t.int16, -32_768, '11 80 00'],
    ['int16 just beyond int8', t.int16, 128, '11 00 80'],
    ['uint16 largest', t.uint16, 65_535, '12 00 00 ff ff'],
    ['int32 0', t.int32, 0, '1c'],
    ['int32 -129', t.int32, -129, '11 ff 7f'],
    ['int32 32768', t.int32, 32_768, '12 00 00 80 00'],
    ['int32 smallest', t.int32, -(2 ** 31), '12 80 00 00 00'],
    ['uint32 within int32', t.uint32, 2 ** 31 - 1, '12 7f ff ff ff'],
    ['uint32 just beyond int32', t.uint32, 2 ** 31, '13 00 00 00 00 80 00 00 00'],
    ['uint32 largest', t.uint32, 2 ** 32 - 1, '13 00 00 00 00 ff ff ff ff'],
    ['int64 0', t.int64, 0n, '1c'],
    ['int64 that fits int8', t.int64, -128n, '10 80'],
    ['int64 that fits int32', t.int64, -(2n ** 31n), '12 80 00 00 00'],
    ['int64 just beyond int32', t.int64, -(2n ** 31n) - 1n, '13 ff ff ff ff 7f ff ff ff'],
    ['int64 2^53 + 1', t.int64, 2n ** 53n + 1n, '13 00 20 00 00 00 00 00 01'],
    ['int64 smallest', t.int64, -(2n ** 63n), '13 80 00 00 00 00 00 00 00'],
    ['int64 largest', t.int64, 2n ** 63n - 1n, '13 7f ff ff ff ff ff ff ff'],
    ['float 0, in full', t.float, 0, '14 00 00 00 00'],
    ['float', t.float, 1.5, '14 3f c0 00 00'],
    ['double 0, in full', t.double, 0, '15 00 00 00 00 00 00 00 00'],
    ['double -0', t.double, -0, '15 80 00 00 00 00 00 00 00'],
    ['double', t.double, 0.1, '15 3f b9 99 99 99 99 99 9a'],
    ['double NaN', t.double, Number.NaN, '15 7f f8 00 00 00 00 00 00'],
    ['empty string', t.string, '', '16 00'],
    ['string', t.string, 'abc', '16 03 61 62 63'],
    ['string of 25 characters', t.string, 'y'.repeat(25), `16 19 ${longHex('y'.repeat(25))}`],
    ['string of 255 bytes', t.string, 'x'.repeat(255), `16 ff ${longHex('x'.repeat(255))}`],
    ['string of 256 bytes', t.string, long, `17 00 00 01 00 ${longHex(long)}`],
    ['254 bytes in 127 characters', t.string, accents, `16 fe ${longHex(accents)}`],
    [
      '256 bytes in 128 characters',
      t.string,
      accentsLong,
      `17 00 00 01 00 ${longHex(accentsLong)}`,
    ],
    ['a byte order mark', t.string, '\uFEFFa', '16 04 ef bb bf 61'],
    ['bytes', t.bytes, Uint8Array.of(1, 255), '1d 00 00 02 01 ff'],
    ['no bytes', t.bytes, new Uint8Array(0), '1d 00 0c'],
    ['list', t.list(t.int32), [1, 0, 300], '19 00 03 00 01 0c 01 01 2c'],
    ['list of bool is no simple list', t.list(t.bool), [true], '19 00 01 00 01'],
    ['map', t.map(t.string, t.int32), new Map([['a', 1]]), '18 00 01 06 01 61 10 01'],
    ['struct', Point, { x: 1, y: 2 }, '1a 00 01 20 02 0b'],
    ['list of structs', t.list(Point), [{ x: 0, y: 0 }], '19 00 01 0a 0c 2c 0b'],
  ])('%s', (_name, type, value, hex) => {
    expect(write(type, value)).toBe(hex);
    expect(read(type, hex)).toEqual(value);
  });

  it.each([
    ['14', 14, 'ec'],
    ['15', 15, 'fc 0f'],
    ['255', 255, 'fc ff'],
  ])('with tag %s', (_name, tag, hex) => {
    expect(write(t.int32, 0, tag)).toBe(hex);
    expect(read(t.int32, hex, tag)).toBe(0);
  });

  it('long strings keep their head, whatever its width', () => {
    for (const text of [long, accentsLong, 'z'.repeat(5_000), '\u{1F600}'.repeat(90)]) {
      for (const tag of [0, 14, 15, 255]) {
        expect(read(t.string, write(t.string, text, tag), tag)).toBe(text);
      }
    }
  });
});

describe('a wider reader', () => {
  const narrow = [
    ['zero', '1c', 0],
    ['int8', '10 fe', -2],
    ['int16', '11 fe ff', -257],
    ['int32', '12 ff fe ff ff', -65_537],
  ] as const;
  it.each(narrow)('of int64 takes %s', (_name, hex, value) => {
    expect(read(t.int64, hex)).toBe(BigInt(value));
  });
  it.each(narrow)('of int32 takes %s', (_name, hex, value) => {
    expect(read(t.int32, hex)).toBe(value);
  });
  it.each(narrow.slice(0, 3))('of int16 takes %s', (_name, hex, value) => {
    expect(read(t.int16, hex)).toBe(value);
  });

  it.each<[name: string, type: TarsType, hex: string, value: unknown]>([
    ['float takes zero', t.float, '1c', 0],
    ['double takes zero', t.double, '1c', 0],
    ['double takes float', t.double, '14 3f c0 00 00', 1.5],
    ['bool takes any number', t.bool, '10 05', true],
    ['uint8 cuts like C++', t.uint8, '10 ff', 255],
    ['uint16 cuts like C++', t.uint16, '11 ff ff', 65_535],
    ['uint32 cuts like C++', t.uint32, '12 ff ff ff ff', 2 ** 32 - 1],
    ['string takes a long form of a short text', t.string, '17 00 00 00 01 61', 'a'],
    ['bytes take a list of int8', t.bytes, '19 00 03 00 01 0c 00 ff', Uint8Array.of(1, 0, 255)],
    ['a size may be of any width', t.list(t.bool), '19 02 00 00 00 01 0c', [false]],
    ['a string that is not UTF-8 gets U+FFFD', t.string, '16 03 61 ff 62', 'a\uFFFDb'],
    ['a cut character gets U+FFFD', t.string, '16 02 61 c3', 'a\uFFFD'],
  ])('%s', (_name, type, hex, value) => {
    expect(read(type, hex)).toEqual(value);
  });

  it.each<[name: string, type: TarsType, hex: string]>([
    ['int8 refuses int16', t.int8, '11 01 00'],
    ['int32 refuses int64', t.int32, '13 00 00 00 00 00 00 00 01'],
    ['int32 refuses a string', t.int32, '16 01 61'],
    ['float refuses double', t.float, '15 3f b9 99 99 99 99 99 9a'],
    ['string refuses bytes', t.string, '1d 00 00 01 61'],
    ['list refuses map', t.list(t.int32), '18 0c'],
    ['struct refuses int', Point, '10 01'],
    ['an unknown type', t.int32, '1e'],
  ])('%s', (_name, type, hex) => {
    expect(() => read(type, hex)).toThrow(expect.objectContaining({ code: 'TARS_DECODE' }));
  });
});

describe('fields', () => {
  const unknown = [
    ['integers', '00 01 11 00 01 22 00 00 00 01 33 00 00 00 00 00 00 00 01 4c'],
    ['floats', '04 00 00 00 00 15 00 00 00 00 00 00 00 00'],
    ['strings', '06 01 61 17 00 00 00 01 61'],
    ['bytes', '0d 00 00 02 01 02'],
    ['a map of lists', '08 00 01 06 01 61 19 00 02 00 01 0c'],
    ['nested structs', '0a 0a 0a 10 01 0b 16 01 61 0b 0b'],
  ] as const;
  it.each(unknown)('that nobody declared are passed over: %s', (_name, hex) => {
    expect(read(t.int32, `${hex} 90 05`, 9)).toBe(5);
    const inside = struct('Inside', { last: required(9, t.int32) });
    expect(read(inside, `1a ${hex} 90 05 f0 10 01 0b`)).toEqual({ last: 5 });
  });

  it('end at a larger tag, and at the end of the struct', () => {
    expect(read(t.list(Point), '19 00 02 0a 00 01 30 09 0b 0a 00 02 0b')).toEqual([
      { x: 1, y: 7 },
      { x: 2, y: 7 },
    ]);
  });

  it('that are absent: containers are empty, required others are an error', () => {
    expect(read(t.map(t.string, t.string), '')).toEqual(new Map());
    expect(read(t.list(t.string), '')).toEqual([]);
    expect(read(t.bytes, '')).toEqual(new Uint8Array(0));
    for (const type of [t.int32, t.string, t.bool, Point]) {
      expect(() => read(type, '')).toThrow(expect.objectContaining({ code: 'TARS_DECODE' }));
    }
  });

  it('that are absent and optional are what the interface file says', () => {
    const Everything = struct('Everything', {
      flag: optional(1, t.bool, true),
      big: optional(2, t.int64, 5n),
      list: optional(3, t.list(t.int32)),
      point: optional(4, Point),
      text: optional(5, t.string),
    });
    const none = new Uint8Array(0);
    const value = { flag: true, big: 5n, list: [], point: { x: 0, y: 7 }, text: '' };
    expect(decodeStruct(Everything, none)).toEqual(value);
    expect(decodeStruct(Everything, encodeStruct(Everything, {}))).toEqual(value);
    expect(decodeStruct(Everything, none).list).not.toBe(decodeStruct(Everything, none).list);
  });

  it('with equal keys: the last primitive key wins, struct keys are all kept', () => {
    expect(read(t.map(t.int32, t.int32), '18 00 02 00 01 10 05 00 01 10 06')).toEqual(
      new Map([[1, 6]]),
    );
    const structs = read(t.map(Point, t.int32), '18 00 02 0a 0c 0b 10 05 0a 0c 0b 10 06');
    expect([...(structs as Map<unknown, number>)]).toEqual([
      [{ x: 0, y: 7 }, 5],
      [{ x: 0, y: 7 }, 6],
    ]);
  });
});

describe('the structs of the framework', () => {
  it('LogInfo from Go, with the tags 0 to 3 only, has the defaults that are true', () => {
    const bytes = fromHex('06 01 41 16 01 53 26 00 36 06 25 59 25 6d 25 64');
    expect(decodeStruct(LogInfo, bytes)).toEqual({
      appname: 'A',
      servername: 'S',
      sFilename: '',
      sFormat: '%Y%m%d',
      setdivision: '',
      bHasSufix: true,
      bHasAppNamePrefix: true,
      bHasSquareBracket: false,
      sConcatStr: '_',
      sSepar: '|',
      sLogType: '',
    });
  });

  it('LogInfo from C++, which leaves out strings at their default and writes flags, is read', () => {
    const bytes = fromHex('06 01 41 16 01 53 26 01 66 36 00 5c 60 01 7c');
    expect(decodeStruct(LogInfo, bytes)).toMatchObject({
      sFilename: 'f',
      setdivision: '',
      bHasSufix: false,
      bHasAppNamePrefix: true,
      bHasSquareBracket: false,
      sConcatStr: '_',
      sSepar: '|',
    });
  });

  it('StatPropMsgHead has version 1 when it has none', () => {
    expect(decodeStruct(StatPropMsgHead, fromHex('06 00 16 00 26 00')).iPropertyVer).toBe(1);
  });

  it('ReportInfo of Java, with an empty sApp, is read', () => {
    const bytes = fromHex('1c 26 00 36 00 46 00 56 03 41 2e 53 66 01 6d');
    expect(decodeStruct(ReportInfo, bytes)).toMatchObject({ sApp: '', sServer: 'A.S', eLevel: 0 });
  });

  it('RequestPacket without the maps and the timeout that Java leaves out is read', () => {
    const bytes = fromHex('10 01 2c 3c 40 07 56 01 61 66 01 66 7d 00 00 01 05');
    expect(decodeStruct(RequestPacket, bytes)).toEqual({
      iVersion: 1,
      cPacketType: 0,
      iMessageType: 0,
      iRequestId: 7,
      sServantName: 'a',
      sFuncName: 'f',
      sBuffer: Uint8Array.of(5),
      iTimeout: 0,
      context: new Map(),
      status: new Map(),
    });
  });

  it('ResponsePacket always has its status on the wire', () => {
    const bytes = encodeStruct(ResponsePacket, { iVersion: 1, iRequestId: 7 });
    expect(toHex(bytes)).toBe('10 01 2c 30 07 4c 5c 6d 00 0c 78 0c 86 00 98 0c');
  });

  it('a frame in a Buffer gives plain bytes', () => {
    const packet = encodeStruct(ResponsePacket, {
      iVersion: 1,
      iRequestId: 7,
      sBuffer: Uint8Array.of(1, 2),
    });
    const { sBuffer } = decodeStruct(ResponsePacket, Buffer.from(packet));
    expect(sBuffer.constructor).toBe(Uint8Array);
    expect([...sBuffer]).toEqual([1, 2]);
  });
});

describe('a value that does not fit', () => {
  it.each<[name: string, type: TarsType, value: unknown, expected: string]>([
    ['int8 too large', t.int8, 128, 'an integer of 8 bits'],
    ['uint8 negative', t.uint8, -1, 'an unsigned integer of 8 bits'],
    ['int16 too large', t.int16, 32_768, 'an integer of 16 bits'],
    ['uint16 too large', t.uint16, 65_536, 'an unsigned integer of 16 bits'],
    ['int32 too large', t.int32, 2 ** 31, 'an integer of 32 bits'],
    ['uint32 negative', t.uint32, -1, 'an unsigned integer of 32 bits'],
    ['int32 with a fraction', t.int32, 1.5, 'an integer of 32 bits'],
    ['int32 NaN', t.int32, Number.NaN, 'an integer of 32 bits'],
    ['int32 as text', t.int32, '1', 'it is string'],
    ['int64 too large', t.int64, 2n ** 63n, 'an integer of 64 bits'],
    ['int64 from an unsafe number', t.int64, 2 ** 53, 'a bigint or a safe integer'],
    ['float as text', t.float, '1', 'a number'],
    ['string missing', t.string, undefined, 'a string'],
    ['bytes as an array', t.bytes, [1], 'a Uint8Array'],
    ['list missing', t.list(t.int32), undefined, 'an array'],
    ['list with a wrong item', t.list(t.int32), [1, 'x'], 'it is string'],
    ['map as an object', t.map(t.string, t.string), {}, 'a Map'],
    ['struct missing', Point, undefined, 'a Point'],
    ['required field missing', Point, {}, 'Cannot write Point.x'],
  ])('%s', (_name, type, value, expected) => {
    const attempt = () => write(type, value);
    expect(attempt).toThrow(expect.objectContaining({ code: 'TARS_ENCODE' }));
    expect(attempt).toThrow(expected);
    // What was half written is not in the next result.
    expect(write(t.bool, false)).toBe('1c');
  });

  it('int64 takes a safe integer for a bigint', () => {
    for (const value of [0, -1, 2 ** 31, -(2 ** 31) - 1, Number.MAX_SAFE_INTEGER, -(2 ** 53) + 1]) {
      expect(write(t.int64, value)).toBe(write(t.int64, BigInt(value)));
    }
  });
});

describe('results', () => {
  it('are never changed by what is encoded later', () => {
    const results = Array.from({ length: 400 }, (_, index) => {
      const text = `${index}:`.padEnd((index * 37) % 3_000, 'x');
      return { text, bytes: encodeFields([[0, t.string, text]]) };
    });
    for (const { text, bytes } of results) {
      expect(decodeFields({ text: [0, t.string] }, bytes).text).toBe(text);
    }
  });

  it('stay apart when reading a value encodes another one', () => {
    let inner: Uint8Array | undefined;
    const value = {
      x: 1,
      get y(): number {
        inner = encodeStruct(Point, { x: 5, y: 6 });
        return 2;
      },
    };
    expect(toHex(encodeStruct(Point, value))).toBe('00 01 20 02');
    expect(inner && toHex(inner)).toBe('00 05 20 06');
  });
});
