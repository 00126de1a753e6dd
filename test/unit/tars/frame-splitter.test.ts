/** The frame splitter: every cut of a stream gives the same frames, wrong lengths are refused, memory follows the bytes. */

import { fc } from '../../support/seeded-property.ts';
import { describe, expect, test } from 'vitest';
import { isTarsierError } from '../../../errors/tarsier-error.ts';
import { FrameSplitter } from '../../../tars/rpc/frame-splitter.ts';

const LENGTH_MAX = 1_000_000;

function frame(packet: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(packet.length + 4);
  new DataView(bytes.buffer).setUint32(0, bytes.length);
  bytes.set(packet, 4);
  return bytes;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function drain(splitter: FrameSplitter): Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (let packet = splitter.next(); packet !== undefined; packet = splitter.next()) {
    packets.push(packet);
  }
  return packets;
}

const packets = fc.array(fc.uint8Array({ minLength: 1, maxLength: 5_000 }), { maxLength: 8 });

test('frames come out whole and in order, however the stream is cut', () => {
  fc.assert(
    fc.property(
      packets,
      fc.array(fc.integer({ min: 1, max: 6_000 })),
      fc.boolean(),
      (sent, cuts, eager) => {
        const stream = concat(sent.map(frame));
        const splitter = new FrameSplitter(LENGTH_MAX);
        const received: Uint8Array[] = [];
        let at = 0;
        for (let turn = 0; at < stream.length; turn += 1) {
          const end = at + (cuts[turn % cuts.length] ?? stream.length);
          splitter.push(stream.slice(at, end));
          at = end;
          if (eager) received.push(...drain(splitter));
        }
        received.push(...drain(splitter));
        expect(received.map((packet) => [...packet])).toEqual(sent.map((packet) => [...packet]));
        expect(splitter.heldBytes).toBe(0);
        expect(splitter.isPartial).toBe(false);
      },
    ),
  );
});

test('a frame in one piece is a view, not a copy', () => {
  const chunk = concat([frame(Uint8Array.of(1, 2)), frame(Uint8Array.of(3))]);
  const splitter = new FrameSplitter(LENGTH_MAX);
  splitter.push(chunk);
  const [first, second] = drain(splitter);
  chunk[4] = 9;
  chunk[10] = 8;
  expect([...(first ?? [])]).toEqual([9, 2]);
  expect([...(second ?? [])]).toEqual([8]);
});

describe('wrong lengths', () => {
  const table = [
    { name: 'zero', bytes: [0, 0, 0, 0], length: 0 },
    { name: 'one', bytes: [0, 0, 0, 1], length: 1 },
    { name: 'three', bytes: [0, 0, 0, 3], length: 3 },
    { name: 'only itself', bytes: [0, 0, 0, 4], length: 4 },
    { name: 'one over the limit', bytes: [0x00, 0x0f, 0x42, 0x41], length: LENGTH_MAX + 1 },
    { name: 'the largest positive int', bytes: [0x7f, 0xff, 0xff, 0xff], length: 0x7fff_ffff },
    { name: 'the sign bit', bytes: [0x80, 0, 0, 0], length: 0x8000_0000 },
    { name: 'minus one', bytes: [0xff, 0xff, 0xff, 0xff], length: 0xffff_ffff },
    { name: 'text of another protocol', bytes: [...Buffer.from('GET ')], length: 0x4745_5420 },
  ];
  for (const row of table) {
    for (const cut of [1, 4]) {
      test(`${row.name}, ${cut} bytes at a time`, () => {
        const splitter = new FrameSplitter(LENGTH_MAX);
        for (let at = 0; at < 4; at += cut) {
          expect(splitter.next()).toBeUndefined();
          splitter.push(Uint8Array.from(row.bytes.slice(at, at + cut)));
        }
        let failure: unknown;
        try {
          splitter.next();
        } catch (error) {
          failure = error;
        }
        expect(isTarsierError(failure) && failure.code).toBe('TARS_FRAME_LENGTH');
        expect(isTarsierError(failure) && failure.details['length']).toBe(row.length);
      });
    }
  }

  test('the limit itself is allowed', () => {
    const splitter = new FrameSplitter(8);
    splitter.push(frame(Uint8Array.of(1, 2, 3, 4)));
    expect(splitter.next()).toHaveLength(4);
  });
});

test('a length alone takes no memory', () => {
  const splitter = new FrameSplitter(LENGTH_MAX);
  splitter.push(Uint8Array.of(0, 0x0f, 0x42, 0x40));
  expect(splitter.next()).toBeUndefined();
  expect(splitter.heldBytes).toBeLessThanOrEqual(4);
  expect(splitter.isPartial).toBe(true);
});

test('dripped bytes cost at most twice their size, and a bounded number of pieces', () => {
  const sent = frame(new Uint8Array(200_000).fill(7));
  const splitter = new FrameSplitter(LENGTH_MAX);
  let worst = 0;
  for (let at = 0; at < sent.length; at += 1) {
    expect(splitter.next()).toBeUndefined();
    splitter.push(sent.subarray(at, at + 1));
    worst = Math.max(worst, splitter.heldBytes / (at + 1 + 64));
  }
  expect(worst).toBeLessThanOrEqual(2);
  expect(splitter.next()).toEqual(new Uint8Array(200_000).fill(7));
});
