/** Parameters by name (TUP): a map of names to values, each encoded as a field with tag 0. */

import { TarsDecodeError, TarsEncodeError } from './codec-errors.ts';
import { decodeStruct, decodeValue } from './decode.ts';
import { encodeValue } from './encode.ts';
import { required, struct, t, type ScalarKind, type StructNode, type TarsType } from './types.ts';
import { isContainer, zeroOf } from './type-facts.ts';

const simple = t.map(t.string, t.bytes);
/** Version 2 has a second level: the name of the type, then the value. */
const complex = t.map(t.string, simple);
const SimpleParameters = struct('parameters', { all: required(0, simple) });
const ComplexParameters = struct('parameters', { all: required(0, complex) });

/** The field `ret` of a result goes under both names: some clients look for one, some for the other. */
const returnNames = ['', 'tars_ret'] as const;

function namesOf(field: { readonly name: string; readonly tag: number }): readonly string[] {
  return field.tag === 0 && field.name === 'ret' ? returnNames : [field.name];
}

export function encodeTup(node: StructNode, version: 2 | 3, values: unknown): Uint8Array {
  if (typeof values !== 'object' || values === null) {
    throw new TarsEncodeError(`Cannot write ${node.name}: its parameters must be an object.`);
  }
  const record = values as Readonly<Record<string, unknown>>;
  const entries = node.fields.flatMap((field) => {
    const encoded = encodeValue(field.type, record[field.name], `${node.name}.${field.name}`);
    return namesOf(field).map((name) => ({ name, type: field.type, encoded }));
  });
  if (version === 3) {
    const map = new Map(entries.map(({ name, encoded }) => [name, encoded]));
    return encodeValue(simple, map, node.name);
  }
  const typed = entries.map(({ name, type, encoded }) => {
    const typeNames = [typeName(type, 'list'), typeName(type, 'List')];
    return [name, new Map(typeNames.map((written) => [written, encoded]))] as const;
  });
  return encodeValue(complex, new Map(typed), node.name);
}

export function decodeTup(node: StructNode, version: 2 | 3, bytes: Uint8Array): unknown {
  const entries = version === 3 ? readSimple(bytes) : readComplex(bytes);
  const values: Record<string, unknown> = {};
  for (const field of node.fields) {
    const name = namesOf(field).find((known) => entries.has(known));
    const encoded = name === undefined ? undefined : entries.get(name);
    const label = `${node.name}.${field.name}`;
    if (encoded !== undefined) values[field.name] = decodeValue(field.type, encoded, label);
    else if (isContainer(field.type)) values[field.name] = zeroOf(field.type);
    else throw new TarsDecodeError(`Cannot read ${label}: no parameter has this name.`);
  }
  return values;
}

function readSimple(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  return decodeStruct(SimpleParameters, bytes).all;
}

/** The names of types differ between the libraries; what we expect is known from the declaration. */
function readComplex(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const entries = new Map<string, Uint8Array>();
  for (const [name, byType] of decodeStruct(ComplexParameters, bytes).all) {
    const [encoded] = byType.values();
    if (encoded !== undefined) entries.set(name, encoded);
  }
  return entries;
}

const scalarNames = {
  bool: 'bool',
  int8: 'char',
  uint8: 'short',
  int16: 'short',
  uint16: 'int32',
  int32: 'int32',
  uint32: 'int64',
  int64: 'int64',
  float: 'float',
  double: 'double',
  string: 'string',
  bytes: 'list<char>',
} as const satisfies Record<ScalarKind, string>;

/** C++ and Java say `list`, JavaScript says `List`. */
function typeName({ node }: TarsType, listName: 'list' | 'List'): string {
  switch (node.kind) {
    case 'list':
      return `${listName}<${typeName(node.item, listName)}>`;
    case 'map':
      return `map<${typeName(node.key, listName)},${typeName(node.value, listName)}>`;
    case 'struct':
      return node.name;
    default:
      return scalarNames[node.kind];
  }
}
