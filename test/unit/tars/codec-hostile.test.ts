import { describe, expect, it } from 'vitest';
import { TarsDecodeError } from '../../../tars/codec/codec-errors.ts';
import { decodeFields, decodeStruct } from '../../../tars/codec/decode.ts';
import { optional, required, struct, t, type TarsType } from '../../../tars/codec/types.ts';
import { RequestPacket } from '../../../tars/framework/packets.ts';
import { FrameSplitter } from '../../../tars/rpc/frame-splitter.ts';
import { hostileCorpus } from '../../support/tars/corpus.ts';
import { everyDecoder } from '../../support/tars/every-decoder.ts';

const millisecondsMax = 250;
const grownBytesMax = 64 * 1024 * 1024;

/** The value, or the one error that may be thrown; anything else fails the test. */
function outcome(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): unknown {
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof TarsDecodeError) return error;
    throw error;
  }
}

describe('the corpus of hostile bytes', () => {
  it('is not empty', () => {
    expect(hostileCorpus.length).toBeGreaterThan(50);
    expect(everyDecoder.length).toBeGreaterThan(200);
  });

  it.each(hostileCorpus)('$name: every decoder answers or refuses, at once', ({ bytes }) => {
    const heldBefore = process.memoryUsage();
    const began = performance.now();
    for (const { decode } of everyDecoder) outcome(decode, bytes);
    const tookMs = (performance.now() - began) / everyDecoder.length;
    const held = process.memoryUsage();
    expect(tookMs).toBeLessThan(millisecondsMax);
    expect(held.arrayBuffers - heldBefore.arrayBuffers).toBeLessThan(grownBytesMax);
  });

  it.each(hostileCorpus.filter(({ name }) => name.startsWith('packet-')))(
    '$name is refused as a request, or read without the rubbish',
    ({ name, bytes }) => {
      const readable = ['packet-trailing-bytes', 'packet-string-invalid-utf8'];
      const result = outcome((given) => decodeStruct(RequestPacket, given), bytes);
      expect(result instanceof TarsDecodeError).toBe(!readable.includes(name));
    },
  );

  it.each(hostileCorpus.filter(({ name }) => name.startsWith('frame-')))(
    '$name is refused by the splitter',
    ({ bytes }) => {
      const splitter = new FrameSplitter(10 * 1024 * 1024);
      splitter.push(bytes);
      expect(() => splitter.next()).toThrow(expect.objectContaining({ code: 'TARS_FRAME_LENGTH' }));
    },
  );
});

describe('limits', () => {
  const bytesMax = 2 * 1024 * 1024;
  const filled = (front: readonly number[], pattern: readonly number[]): Uint8Array => {
    const bytes = new Uint8Array(bytesMax);
    bytes.set(front);
    for (let at = front.length; at + pattern.length <= bytesMax; at += pattern.length) {
      bytes.set(pattern, at);
    }
    return bytes;
  };
  const size = (count: number) => [2, count >>> 24, count >>> 16, count >>> 8, count];

  it.each<[name: string, bytes: Uint8Array, type: TarsType, problem: string]>([
    ['nested structs', filled([], [0x0a]), t.int32, 'deeper than 64'],
    ['nested lists', filled([], [9, 0, 1]), t.int32, 'deeper than 64'],
    [
      'a list of 1,000,001 numbers',
      filled([0x19, ...size(1_000_001)], [0x0c]),
      t.list(t.bool),
      'more than 1000000 items',
    ],
    [
      'an unknown list of 1,000,001 numbers',
      filled([9, ...size(1_000_001)], [0x0c]),
      t.int32,
      'more than 1000000 items',
    ],
    [
      'many lists of 100 numbers',
      filled([0x19, ...size(19_000)], [9, 0, 100, ...Array.from({ length: 100 }, () => 0x0c)]),
      t.list(t.list(t.bool)),
      'more than 1000000 items',
    ],
    [
      'a list that claims all bytes',
      filled([0x19, ...size(bytesMax)], [0x0c]),
      t.list(t.string),
      'cannot be in',
    ],
  ])('%s, in 2 MB', (_name, bytes, type, problem) => {
    const began = performance.now();
    expect(() => decodeFields({ value: [1, type] }, bytes)).toThrow(problem);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('2 MB of unknown fields are passed over', () => {
    const began = performance.now();
    expect(decodeFields({ value: [1, t.list(t.int32)] }, filled([], [0x0c])).value).toEqual([]);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it.each<[name: string, type: TarsType, bytes: readonly number[]]>([
    ['list', t.list(t.int32), [0x19, 0x00, 0xff]],
    ['map', t.map(t.int32, t.int32), [0x18, 0x00, 0xff]],
    ['simple list', t.bytes, [0x1d, 0x00, 0x00, 0xff]],
    ['list of bytes', t.bytes, [0x19, 0x00, 0xff]],
    ['unknown list', t.int32, [0x09, 0x00, 0xff, 0x1c]],
    ['unknown simple list', t.int32, [0x0d, 0x00, 0x00, 0xff, 0x1c]],
  ])('a negative size of a %s is refused, not taken for an empty one', (_name, type, bytes) => {
    expect(() => decodeFields({ value: [1, type] }, Uint8Array.from(bytes))).toThrow(
      'its size is -1',
    );
  });

  it('declared types count for the depth as well', () => {
    let type: TarsType<unknown> = t.int32;
    let bytes = Uint8Array.of(0x0c);
    for (let level = 1; level <= 65; level += 1) {
      type = t.list(type);
      bytes = Uint8Array.of(0x09, 0x00, 0x01, ...bytes);
      const attempt = () => decodeFields({ value: [0, type] }, bytes);
      if (level <= 64) expect(attempt).not.toThrow();
      else expect(attempt).toThrow('deeper than 64');
    }
  });

  it('an unknown value inside a declared one counts from where it is', () => {
    const Inner = struct('Inner', { wanted: optional(5, t.int32) });
    const Outer = struct('Outer', { inner: required(0, Inner) });
    const nested = (depth: number) =>
      Uint8Array.of(
        0x0a,
        ...Array.from({ length: depth }, () => 0x0a),
        ...Array.from({ length: depth + 1 }, () => 0x0b),
      );
    expect(decodeStruct(Outer, nested(63))).toEqual({ inner: { wanted: 0 } });
    expect(() => decodeStruct(Outer, nested(64))).toThrow('deeper than 64');
  });

  it('a list of structs is refused when they cannot all be there', () => {
    const bytes = Uint8Array.of(0x19, 0x00, 0x02, 0x0a, 0x06, 0x00, 0x0b, 0x0b);
    const Named = struct('Named', { first: required(0, t.string), second: required(1, t.string) });
    expect(() => decodeFields({ value: [1, t.list(Named)] }, bytes)).toThrow(
      '2 items cannot be in the 5 bytes left',
    );
  });
});
