/** Values to bytes: each type descriptor is compiled into closures once. */

import type { InputOf, StructNode, StructType, TarsType } from './types.ts';
import { wire } from './wire.ts';
import { Writer } from './writer.ts';
import { zeroOf } from './type-facts.ts';

type Write = (writer: Writer, tag: number, value: unknown) => void;
type WriteFields = (writer: Writer, value: unknown) => void;

const compiledTypes = new WeakMap<TarsType, Write>();
const compiledStructs = new WeakMap<StructNode, WriteFields>();

/** The writer at rest; `undefined` while an encoding is under way. */
let idleWriter: Writer | undefined = new Writer();

/** Runs `write` on a writer that is nobody else's, even when a getter of a value encodes as well. */
function written(write: WriteFields, value: unknown): Uint8Array {
  const writer = idleWriter ?? new Writer();
  idleWriter = undefined;
  try {
    write(writer, value);
    return writer.take();
  } finally {
    writer.reset();
    idleWriter = writer;
  }
}

/** The fields of a struct without begin and end, as packets are. Throws `TARS_ENCODE` alone. */
export function encodeStruct<Type extends StructType>(
  type: Type,
  value: InputOf<Type>,
): Uint8Array {
  return written(fieldsWriter(type.node), value);
}

/** One value as a field with tag 0; `label` is for messages. Throws `TARS_ENCODE` alone. */
export function encodeValue(type: TarsType, value: unknown, label: string): Uint8Array {
  return written((writer) => {
    writer.label = label;
    writerOf(type)(writer, 0, value);
  }, undefined);
}

type EncodedField = readonly [tag: number, type: TarsType, value: unknown];

/** Single fields, by ascending tag: the parameters of a call. Throws `TARS_ENCODE` alone. */
export function encodeFields(fields: readonly EncodedField[]): Uint8Array {
  return written(writeSingles, fields);
}

function writeSingles(writer: Writer, fields: unknown): void {
  for (const [tag, type, value] of fields as readonly EncodedField[]) {
    writer.label = `field ${tag}`;
    writerOf(type)(writer, tag, value);
  }
}

function integer(name: string, holds: (value: number) => boolean): Write {
  return (writer: Writer, tag, value) => {
    if (typeof value !== 'number' || !holds(value)) writer.fault(name, value);
    writer.int32(tag, value);
  };
}

const scalarWrites = {
  bool: (writer: Writer, tag, value) => {
    if (typeof value !== 'boolean') writer.fault('a boolean', value);
    writer.int32(tag, value ? 1 : 0);
  },
  int8: integer('an integer of 8 bits', (value) => value === (value << 24) >> 24),
  uint8: integer('an unsigned integer of 8 bits', (value) => value === (value & 0xff)),
  int16: integer('an integer of 16 bits', (value) => value === (value << 16) >> 16),
  uint16: integer('an unsigned integer of 16 bits', (value) => value === (value & 0xffff)),
  int32: integer('an integer of 32 bits', (value) => value === (value | 0)),
  uint32: (writer: Writer, tag, value) => {
    if (typeof value !== 'number' || value !== value >>> 0) {
      writer.fault('an unsigned integer of 32 bits', value);
    }
    writer.uint32(tag, value);
  },
  int64: (writer: Writer, tag, value) => writer.int64(tag, value),
  float: (writer: Writer, tag, value) => {
    if (typeof value !== 'number') writer.fault('a number', value);
    writer.float(tag, value);
  },
  double: (writer: Writer, tag, value) => {
    if (typeof value !== 'number') writer.fault('a number', value);
    writer.double(tag, value);
  },
  string: (writer: Writer, tag, value) => writer.string(tag, value),
  bytes: (writer: Writer, tag, value) => writer.bytesField(tag, value),
} as const satisfies Record<string, Write>;

function writerOf(type: TarsType): Write {
  let write = compiledTypes.get(type);
  if (write === undefined) {
    write = compile(type);
    compiledTypes.set(type, write);
  }
  return write;
}

function compile({ node }: TarsType): Write {
  switch (node.kind) {
    case 'list':
      return compileList(writerOf(node.item));
    case 'map':
      return compileMap(writerOf(node.key), writerOf(node.value));
    case 'struct': {
      const writeFields = fieldsWriter(node);
      return (writer: Writer, tag, value) => {
        writer.head(tag, wire.structBegin);
        writeFields(writer, value);
        writer.head(0, wire.structEnd);
      };
    }
    default:
      return scalarWrites[node.kind];
  }
}

function compileList(writeItem: Write): Write {
  return (writer: Writer, tag, value) => {
    if (!Array.isArray(value)) writer.fault('an array', value);
    writer.head(tag, wire.list);
    writer.int32(0, value.length);
    for (const item of value as readonly unknown[]) writeItem(writer, 0, item);
  };
}

function compileMap(writeKey: Write, writeValue: Write): Write {
  return (writer: Writer, tag, value) => {
    if (!(value instanceof Map)) writer.fault('a Map', value);
    writer.head(tag, wire.map);
    writer.int32(0, value.size);
    for (const [key, item] of value as ReadonlyMap<unknown, unknown>) {
      writeKey(writer, 0, key);
      writeValue(writer, 1, item);
    }
  };
}

function fieldsWriter(node: StructNode): WriteFields {
  let write = compiledStructs.get(node);
  if (write === undefined) {
    write = compileFields(node);
    compiledStructs.set(node, write);
  }
  return write;
}

/** Writes every field, optional or not: some libraries read all that their declaration names. */
function compileFields(node: StructNode): WriteFields {
  const fields = node.fields.map((field) => ({
    name: field.name,
    label: `${node.name}.${field.name}`,
    tag: field.tag,
    write: writerOf(field.type),
    fallback: field.required ? undefined : (field.defaultValue ?? zeroOf(field.type)),
  }));
  return (writer: Writer, value) => {
    if (typeof value !== 'object' || value === null) writer.fault(`a ${node.name}`, value);
    const record = value as Readonly<Record<string, unknown>>;
    for (const { name, label, tag, write, fallback } of fields) {
      writer.label = label;
      write(writer, tag, record[name] ?? fallback);
    }
  };
}
