/** Parameters as JSON (version 5), in the shape that the C++ library gives them. */

import { TarsEncodeError } from './codec-errors.ts';
import type { ScalarKind, StructNode, TarsType } from './types.ts';
import { integerRanges } from './integer-ranges.ts';
import { zeroOf } from './type-facts.ts';

const textEncoder = new TextEncoder();

/** The return value is `tars_ret`. */
export function jsonName(field: { readonly name: string; readonly tag: number }): string {
  return field.tag === 0 && field.name === 'ret' ? 'tars_ret' : field.name;
}

/** Integers of 64 bits are written as plain JSON numbers, with all their digits. */
export function encodeJson(node: StructNode, values: unknown): Uint8Array {
  return textEncoder.encode(structText(node, values, jsonName));
}

function fault(label: string, expected: string, value: unknown): never {
  const found = typeof value === 'number' || typeof value === 'bigint' ? value : typeof value;
  throw new TarsEncodeError(
    `Cannot write ${label} as JSON: it must be ${expected}, but is ${found}.`,
  );
}

function structText(
  node: StructNode,
  value: unknown,
  nameOf: (field: StructNode['fields'][number]) => string,
): string {
  if (typeof value !== 'object' || value === null) fault(node.name, 'an object', value);
  const record = value as Readonly<Record<string, unknown>>;
  const parts = node.fields.map((field) => {
    const { type, required, defaultValue } = field;
    const fallback = required ? undefined : (defaultValue ?? zeroOf(type));
    const text = valueText(type, record[field.name] ?? fallback, `${node.name}.${field.name}`);
    return `${JSON.stringify(nameOf(field))}:${text}`;
  });
  return `{${parts.join(',')}}`;
}

function valueText({ node }: TarsType, value: unknown, label: string): string {
  switch (node.kind) {
    case 'list':
      if (!Array.isArray(value)) return fault(label, 'an array', value);
      return `[${value.map((item: unknown) => valueText(node.item, item, label)).join(',')}]`;
    case 'map':
      if (!(value instanceof Map)) return fault(label, 'a Map', value);
      return `{${entryTexts(node, value, label).join(',')}}`;
    case 'struct':
      return structText(node, value, ({ name }) => name);
    default:
      return scalarText(node.kind, value, label);
  }
}

function entryTexts(
  node: { readonly key: TarsType; readonly value: TarsType },
  entries: ReadonlyMap<unknown, unknown>,
  label: string,
): readonly string[] {
  return Array.from(entries, ([key, item]) => {
    const keyText = valueText(node.key, key, label);
    // A key is a string in JSON: numbers by their digits, structs by their JSON text.
    const name = node.key.node.kind === 'string' ? keyText : JSON.stringify(keyText);
    return `${name}:${valueText(node.value, item, label)}`;
  });
}

function scalarText(kind: ScalarKind, value: unknown, label: string): string {
  switch (kind) {
    case 'bool':
      return typeof value === 'boolean' ? String(value) : fault(label, 'a boolean', value);
    case 'string':
      return typeof value === 'string' ? JSON.stringify(value) : fault(label, 'a string', value);
    case 'bytes':
      if (!(value instanceof Uint8Array)) return fault(label, 'a Uint8Array', value);
      // As `vector<char>` of C++: signed numbers.
      return `[${Array.from(value, (byte) => (byte << 24) >> 24).join(',')}]`;
    case 'float':
    case 'double':
      if (typeof value !== 'number' || !Number.isFinite(value)) {
        return fault(label, 'a finite number', value);
      }
      return JSON.stringify(kind === 'float' ? Math.fround(value) : value);
    default: {
      const { min, max } = integerRanges[kind];
      const whole =
        typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value));
      if (!whole || value < min || value > max) {
        return fault(label, `an integer from ${min} to ${max}`, value);
      }
      return String(value);
    }
  }
}
