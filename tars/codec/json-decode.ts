/** Reads parameters from JSON (version 5): as strict as the types say, whatever the text is. */

import { TarsDecodeError } from './codec-errors.ts';
import { integerRanges } from './integer-ranges.ts';
import { jsonName } from './json-encode.ts';
import { parseBoundedJson } from './json-parse.ts';
import type { ScalarKind, StructNode, TarsType } from './types.ts';
import { isContainer, zeroOf } from './type-facts.ts';

const textDecoder = new TextDecoder('utf-8');

/** Fields of the text that nobody declared are passed over. Throws `TARS_DECODE` alone. */
export function decodeJson(node: StructNode, bytes: Uint8Array): unknown {
  return readStruct(node, parseBoundedJson(textDecoder.decode(bytes)), jsonName);
}

function fault(label: string, problem: string): never {
  throw new TarsDecodeError(
    `Cannot read ${label} from JSON: ${problem}. See that both sides use the same interface file.`,
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readStruct(
  node: StructNode,
  value: unknown,
  nameOf: (field: StructNode['fields'][number]) => string,
): unknown {
  if (!isRecord(value)) fault(node.name, 'it is no object');
  const fields: Record<string, unknown> = {};
  for (const field of node.fields) {
    const { name, type } = field;
    const found = Object.hasOwn(value, nameOf(field)) ? value[nameOf(field)] : undefined;
    const label = `${node.name}.${name}`;
    // `null` is what some writers make of an empty list or map.
    if (found !== undefined && found !== null) fields[name] = readValue(type, found, label);
    else if (!field.required) fields[name] = field.defaultValue ?? zeroOf(type);
    else if (isContainer(type)) fields[name] = zeroOf(type);
    else fault(label, 'it is missing');
  }
  return fields;
}

function readValue({ node }: TarsType, value: unknown, label: string): unknown {
  switch (node.kind) {
    case 'list':
      if (!Array.isArray(value)) return fault(label, 'it is no array');
      return value.map((item: unknown) => readValue(node.item, item, label));
    case 'map': {
      if (!isRecord(value)) return fault(label, 'it is no object');
      const entries = Object.entries(value).map(
        ([key, item]) =>
          [readKey(node.key, key, label), readValue(node.value, item, label)] as const,
      );
      return new Map(entries);
    }
    case 'struct':
      return readStruct(node, value, ({ name }) => name);
    default:
      return readScalar(node.kind, value, label);
  }
}

/** Keys are strings in JSON: a number by its digits, anything else but a string by its JSON text. */
function readKey(type: TarsType, key: string, label: string): unknown {
  return readValue(type, type.node.kind === 'string' ? key : parseBoundedJson(key), label);
}

function readScalar(kind: ScalarKind, value: unknown, label: string): unknown {
  switch (kind) {
    case 'bool':
      if (value === 0 || value === 1) return value === 1;
      return typeof value === 'boolean' ? value : fault(label, 'it is no boolean');
    case 'string':
      return typeof value === 'string' ? value : fault(label, 'it is no string');
    case 'bytes':
      return readBytes(value, label);
    case 'float':
    case 'double':
      if (typeof value === 'bigint') return Number(value);
      return typeof value === 'number' ? value : fault(label, 'it is no number');
    default:
      return readInteger(kind, value, label);
  }
}

function readInteger(
  kind: keyof typeof integerRanges,
  value: unknown,
  label: string,
): number | bigint {
  const { min, max } = integerRanges[kind];
  const whole = typeof value === 'bigint' || Number.isSafeInteger(value);
  if (!whole || (value as bigint) < min || (value as bigint) > max) {
    return fault(label, `it is no integer from ${min} to ${max}`);
  }
  return kind === 'int64' ? BigInt(value as bigint) : Number(value);
}

function readBytes(value: unknown, label: string): Uint8Array {
  if (!Array.isArray(value) || !value.every(isByte)) fault(label, 'it is no array of bytes');
  return Uint8Array.from(value as readonly number[]);
}

/** C++ writes signed numbers, others unsigned ones. */
function isByte(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= -128 && Number(value) <= 255;
}
