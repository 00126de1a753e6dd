/** Generated type descriptors, and values that fit them. */

import { fc } from '../seeded-property.ts';
import {
  optional,
  required,
  struct,
  t,
  type StructType,
  type TarsType,
} from '../../../tars/codec/types.ts';

const keyTypes = [t.bool, t.int8, t.uint16, t.int32, t.int64, t.string] as const;
const scalarTypes = [...keyTypes, t.uint8, t.int16, t.uint32, t.float, t.double, t.bytes] as const;

function scalarType(): fc.Arbitrary<TarsType> {
  return fc.constantFrom<TarsType[]>(...scalarTypes);
}

function typeOfDepth(depth: number): fc.Arbitrary<TarsType> {
  if (depth === 0) return scalarType();
  const inner = typeOfDepth(depth - 1);
  const key = fc.oneof(fc.constantFrom<TarsType[]>(...keyTypes), structOfDepth(0));
  return fc.oneof(
    scalarType(),
    inner.map((item) => t.list(item)),
    fc.tuple(key, inner).map(([keyType, value]) => t.map(keyType, value)),
    structOfDepth(depth - 1),
  );
}

function structOfDepth(depth: number): fc.Arbitrary<StructType> {
  const field = fc.tuple(fc.nat({ max: 255 }), typeOfDepth(depth), fc.boolean());
  return fc
    .uniqueArray(field, { minLength: 1, maxLength: 6, selector: ([tag]) => tag })
    .map((fields) =>
      struct(
        'Generated',
        Object.fromEntries(
          fields.map(([tag, type, isRequired]) => [
            `field${tag}`,
            isRequired ? required(tag, type) : optional(tag, type),
          ]),
        ),
      ),
    );
}

/** Structs of at most four levels, with any tags. */
export const arbitraryStruct: fc.Arbitrary<StructType> = structOfDepth(3);

function integer(bits: number, signed: boolean): fc.Arbitrary<number> {
  const min = signed ? -(2 ** (bits - 1)) : 0;
  const max = 2 ** (signed ? bits - 1 : bits) - 1;
  return fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max, 0));
}

/** Values that reading gives back exactly; with `json`, those that JSON can say as well. */
export function arbitraryValue({ node }: TarsType, json = false): fc.Arbitrary<unknown> {
  switch (node.kind) {
    case 'bool':
      return fc.boolean();
    case 'int8':
      return integer(8, true);
    case 'uint8':
      return integer(8, false);
    case 'int16':
      return integer(16, true);
    case 'uint16':
      return integer(16, false);
    case 'int32':
      return integer(32, true);
    case 'uint32':
      return integer(32, false);
    case 'int64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case 'float':
      return json ? fc.integer({ min: -4096, max: 4096 }).map((n) => n / 8 + 0) : fc.float();
    case 'double':
      return json ? fc.integer().map((n) => n / 1024 + 0) : fc.double();
    case 'string':
      return fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string());
    case 'bytes':
      return fc.uint8Array({ maxLength: 40 });
    case 'list':
      return fc.array(arbitraryValue(node.item, json), { maxLength: 5 });
    case 'map': {
      const entry = fc.tuple(arbitraryValue(node.key, json), arbitraryValue(node.value, json));
      // Struct keys are told apart by what they hold, as another library would.
      const selector = ([key]: [unknown, unknown]) =>
        JSON.stringify(key, (_name, part: unknown) => exactText(part));
      return fc.uniqueArray(entry, { maxLength: 4, selector }).map((entries) => new Map(entries));
    }
    default:
      return fc.record(
        Object.fromEntries(node.fields.map(({ name, type }) => [name, arbitraryValue(type, json)])),
        { noNullPrototype: true },
      );
  }
}

function exactText(part: unknown): unknown {
  if (typeof part === 'bigint') return `${part}n`;
  return Object.is(part, -0) ? '-0' : part;
}
