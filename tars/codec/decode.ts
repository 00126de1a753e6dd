/** Bytes to values: each type descriptor is compiled into closures once. */

import { readString } from './read-text.ts';
import { Reader } from './reader.ts';
import type { StructNode, StructType, TarsType, ValueOf } from './types.ts';
import { wire } from './wire.ts';
import { bytesMin, isContainer, zeroOf } from './type-facts.ts';

/** Reads the value behind a head of this wire type. */
type Read = (reader: Reader, type: number) => unknown;
type ReadFields = (reader: Reader) => Record<string, unknown>;

const compiledTypes = new WeakMap<TarsType, Read>();
const compiledStructs = new WeakMap<StructNode, ReadFields>();
const scratch = new DataView(new ArrayBuffer(8));

/**
 * The fields of a struct without begin and end, as packets are. Unknown fields are passed over.
 * Throws `TARS_DECODE` alone, whatever the bytes are. Values of type `bytes` are views into `bytes`.
 */
export function decodeStruct<Type extends StructType>(
  type: Type,
  bytes: Uint8Array,
): ValueOf<Type> {
  return fieldsReader(type.node)(new Reader(bytes)) as ValueOf<Type>;
}

type DecodedFields = Readonly<Record<string, readonly [tag: number, type: TarsType]>>;

/**
 * Single fields: the parameters of a call. An absent list, map or bytes is empty; any other absent
 * field is an error, as the libraries have it. Throws `TARS_DECODE` alone.
 */
export function decodeFields<Fields extends DecodedFields>(
  fields: Fields,
  bytes: Uint8Array,
): { readonly [Name in keyof Fields]: ValueOf<Fields[Name][1]> } {
  const nodes = Object.entries(fields).map(([name, [tag, type]]) => ({
    name,
    tag,
    type,
    required: true,
    defaultValue: undefined,
  }));
  nodes.sort((left, right) => left.tag - right.tag);
  const read = compileFields({ kind: 'struct', name: 'parameter', fields: nodes });
  return read(new Reader(bytes)) as { [Name in keyof Fields]: ValueOf<Fields[Name][1]> };
}

/** The value of a field with tag 0. Throws `TARS_DECODE` alone; `label` is for its message. */
export function decodeValue(type: TarsType, bytes: Uint8Array, label: string): unknown {
  const reader = new Reader(bytes);
  reader.label = label;
  if (!reader.seek(0)) reader.fault('it is missing');
  return readerOf(type)(reader, reader.type);
}

const scalarReads = {
  bool: (reader, type) => reader.int8(type) !== 0,
  int8: (reader, type) => reader.int8(type),
  // The unsigned types travel in the next wider one; like C++, the upper bits are cut off.
  uint8: (reader, type) => reader.int16(type) & 0xff,
  int16: (reader, type) => reader.int16(type),
  uint16: (reader, type) => reader.int32(type) & 0xffff,
  int32: (reader, type) => reader.int32(type),
  uint32: (reader, type) => {
    if (type !== wire.int64) return reader.int32(type) >>> 0;
    reader.word();
    return reader.word() >>> 0;
  },
  int64: (reader, type) => {
    if (type !== wire.int64) return BigInt(reader.int32(type));
    scratch.setInt32(0, reader.word());
    scratch.setInt32(4, reader.word());
    return scratch.getBigInt64(0);
  },
  float: readFloat,
  double: (reader, type) => {
    if (type !== wire.double) return readFloat(reader, type);
    scratch.setInt32(0, reader.word());
    scratch.setInt32(4, reader.word());
    return scratch.getFloat64(0);
  },
  string: readString,
  bytes: readBytes,
} as const satisfies Record<string, Read>;

function readFloat(reader: Reader, type: number): number {
  if (type === wire.zero) return 0;
  if (type !== wire.float) reader.mismatch('float', type);
  scratch.setInt32(0, reader.word());
  return scratch.getFloat32(0);
}

function readBytes(reader: Reader, type: number): Uint8Array {
  if (type === wire.simpleList) {
    const length = reader.simpleListLength();
    const start = reader.position;
    reader.position = start + length;
    return reader.bytes.subarray(start, start + length);
  }
  if (type !== wire.list) reader.mismatch('list of bytes', type);
  const bytes = new Uint8Array(reader.count(1));
  for (let at = 0; at < bytes.length; at += 1) {
    if (!reader.seek(0)) reader.fault('an element is missing');
    bytes[at] = reader.int8(reader.type);
  }
  return bytes;
}

function readerOf(type: TarsType): Read {
  let read = compiledTypes.get(type);
  if (read === undefined) {
    read = compile(type);
    compiledTypes.set(type, read);
  }
  return read;
}

function compile({ node }: TarsType): Read {
  switch (node.kind) {
    case 'list':
      return compileList(readerOf(node.item), bytesMin(node.item));
    case 'map':
      return compileMap(node.key, node.value);
    case 'struct': {
      const readFields = fieldsReader(node);
      return (reader, type) => {
        if (type !== wire.structBegin) reader.mismatch('struct', type);
        reader.enter();
        const value = readFields(reader);
        reader.finishStruct();
        reader.leave();
        return value;
      };
    }
    default:
      return scalarReads[node.kind];
  }
}

function compileList(readItem: Read, itemBytesMin: number): Read {
  return (reader, type) => {
    if (type !== wire.list) reader.mismatch('list', type);
    reader.enter();
    const size = reader.count(itemBytesMin);
    const items: unknown[] = [];
    for (let at = 0; at < size; at += 1) {
      if (!reader.seek(0)) reader.fault('an element is missing');
      items.push(readItem(reader, reader.type));
    }
    reader.leave();
    return items;
  };
}

function compileMap(keyType: TarsType, valueType: TarsType): Read {
  const readKey = readerOf(keyType);
  const readValue = readerOf(valueType);
  const entryBytesMin = bytesMin(keyType) + bytesMin(valueType);
  return (reader, type) => {
    if (type !== wire.map) reader.mismatch('map', type);
    reader.enter();
    const size = reader.count(entryBytesMin);
    const entries = new Map<unknown, unknown>();
    for (let at = 0; at < size; at += 1) {
      if (!reader.seek(0)) reader.fault('a key is missing');
      const key = readKey(reader, reader.type);
      if (!reader.seek(1)) reader.fault('a value is missing');
      entries.set(key, readValue(reader, reader.type));
    }
    reader.leave();
    return entries;
  };
}

function fieldsReader(node: StructNode): ReadFields {
  let read = compiledStructs.get(node);
  if (read === undefined) {
    read = compileFields(node);
    compiledStructs.set(node, read);
  }
  return read;
}

function compileFields(node: StructNode): ReadFields {
  /** Copied for each value, so that all have one shape; it holds the values of absent scalars. */
  const template: Record<string, unknown> = {};
  const fields = node.fields.map(({ name, tag, type, required, defaultValue }) => {
    template[name] = defaultValue ?? zeroOf(type);
    const fresh = type.node.kind === 'struct' || isContainer(type);
    return {
      name,
      label: `${node.name}.${name}`,
      tag,
      read: readerOf(type),
      mustBe: required && !isContainer(type),
      makeAbsent: fresh ? () => defaultValue ?? zeroOf(type) : undefined,
    };
  });
  return (reader) => {
    const value = { ...template };
    for (const { name, label, tag, read, mustBe, makeAbsent } of fields) {
      reader.label = label;
      if (reader.seek(tag)) value[name] = read(reader, reader.type);
      else if (mustBe) reader.fault('it is missing');
      else if (makeAbsent !== undefined) value[name] = makeAbsent();
    }
    return value;
  };
}
