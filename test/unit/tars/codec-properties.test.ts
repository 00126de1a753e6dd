import { fc } from '../../support/seeded-property.ts';
import { describe, expect, it } from 'vitest';
import { TarsDecodeError } from '../../../tars/codec/codec-errors.ts';
import { decodeStruct } from '../../../tars/codec/decode.ts';
import { encodeStruct } from '../../../tars/codec/encode.ts';
import { decodeJson } from '../../../tars/codec/json-decode.ts';
import { encodeJson } from '../../../tars/codec/json-encode.ts';
import { decodeTup, encodeTup } from '../../../tars/codec/tup.ts';
import { required, struct, t, type StructType } from '../../../tars/codec/types.ts';
import { arbitraryStruct, arbitraryValue } from '../../support/tars/arbitrary-types.ts';
import { everyDecoder } from '../../support/tars/every-decoder.ts';

const typeAndValue = (json = false) =>
  arbitraryStruct.chain((type) => fc.tuple(fc.constant(type), arbitraryValue(type, json)));

/** Anything but a value or the one error fails. */
function mustNotCrash(decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    if (!(error instanceof TarsDecodeError)) throw error;
  }
}

/** A few changes at random places: other bytes, a cut, a piece put in. */
const mutation = fc.record({
  at: fc.nat(),
  remove: fc.nat({ max: 3 }),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 4 }),
    fc.constantFrom(
      Uint8Array.of(2, 0x7f, 0xff, 0xff, 0xff),
      Uint8Array.of(0x0b),
      Uint8Array.of(0x0a),
    ),
  ),
  cut: fc.option(fc.nat()),
});
type Mutation = typeof mutation extends fc.Arbitrary<infer Value> ? Value : never;

function mutated(bytes: Uint8Array, { at, remove, insert, cut }: Mutation): Uint8Array {
  const place = at % (bytes.length + 1);
  const changed = [...bytes.subarray(0, place), ...insert, ...bytes.subarray(place + remove)];
  return Uint8Array.from(cut === null ? changed : changed.slice(0, cut % (changed.length + 1)));
}

/** A newer version of the type: more fields between, before and behind the known ones. */
function widened(type: StructType): StructType {
  const taken = new Set(type.node.fields.map(({ tag }) => tag));
  const extra = [0, 1, 7, 14, 15, 100, 255].filter((tag) => !taken.has(tag));
  const more = t.map(t.string, t.list(struct('More', { text: required(3, t.string) })));
  const known = type.node.fields.map(({ name, tag, type: field }) => [name, required(tag, field)]);
  const unknown = extra.map((tag) => [`extra${tag}`, required(tag, more)]);
  return struct('Widened', Object.fromEntries([...known, ...unknown]));
}

describe('generated types and values', () => {
  it('are read back as they were written', () => {
    fc.assert(
      fc.property(typeAndValue(), ([type, value]) => {
        expect(decodeStruct(type, encodeStruct(type, value))).toEqual(value);
      }),
    );
  });

  it('are read by a reader that does not know half of the fields', () => {
    fc.assert(
      fc.property(typeAndValue(), ([type, value]) => {
        const wide = widened(type);
        const more = new Map([['a', [{ text: 'b' }]]]);
        const extra = wide.node.fields.map(({ name }) => [name, more] as const);
        const record = { ...Object.fromEntries(extra), ...(value as object) };
        expect(decodeStruct(type, encodeStruct(wide, record))).toEqual(value);
      }),
    );
  });

  it.each([2, 3] as const)('go through TUP %i', (version) => {
    fc.assert(
      fc.property(typeAndValue(), ([{ node }, value]) => {
        expect(decodeTup(node, version, encodeTup(node, version, value))).toEqual(value);
      }),
      { numRuns: 50 },
    );
  });

  it('go through JSON', () => {
    fc.assert(
      fc.property(typeAndValue(true), ([{ node }, value]) => {
        expect(decodeJson(node, encodeJson(node, value))).toEqual(value);
      }),
    );
  });
});

describe('bytes that nobody vouches for', () => {
  it('of any kind give a value or a decode error, in every decoder', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const { decode } of everyDecoder) mustNotCrash(() => decode(bytes));
      }),
    );
  });

  it('that were a value before they were changed give a value or a decode error', () => {
    fc.assert(
      fc.property(
        typeAndValue(),
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        ([type, value], changes) => {
          const { node } = type;
          const damaged = (bytes: Uint8Array) => changes.reduce(mutated, bytes);
          mustNotCrash(() => decodeStruct(type, damaged(encodeStruct(type, value))));
          mustNotCrash(() => decodeTup(node, 3, damaged(encodeTup(node, 3, value))));
          mustNotCrash(() => decodeTup(node, 2, damaged(encodeTup(node, 2, value))));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('that were JSON before they were changed give a value or a decode error', () => {
    fc.assert(
      fc.property(
        typeAndValue(true),
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        ([{ node }, value], changes) => {
          mustNotCrash(() => decodeJson(node, changes.reduce(mutated, encodeJson(node, value))));
        },
      ),
    );
  });
});
