/** Schemas and values in words, for messages. */

import type { JsonSchema } from '../../schemas/json-schema.ts';

const typeWords: Readonly<Record<string, string>> = {
  string: 'a string',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
};

/** `a whole number from 1 to 65535, or \`auto\``. */
export function describeExpected(schema: JsonSchema): string {
  // An object with a choice between fields is an object.
  if (schema.oneOf !== undefined && schema.type === undefined)
    return schema.oneOf.map(describeExpected).join(', or ');
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return listChoices(schema.enum);
  if (schema.type === 'integer' || schema.type === 'number') {
    return typeWords[schema.type] + describeRange(schema);
  }
  if (schema['x-pattern-says'] !== undefined) return schema['x-pattern-says'];
  return typeWords[schema.type ?? ''] ?? 'another value';
}

/** ` from 1 to 65535`, or nothing. */
function describeRange({ minimum, maximum }: JsonSchema): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` of at least ${minimum}`;
  return maximum === undefined ? '' : ` of at most ${maximum}`;
}

export function typeWord(type: string | undefined): string {
  return typeWords[type ?? ''] ?? 'another value';
}

/** What a value is, to stand behind `must be …, not`. */
export function describeActual(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return `the number ${value}`;
  if (typeof value === 'boolean') return `the boolean ${value}`;
  return typeWord(typeof value);
}

/** `` `rolling` or `recreate` ``. */
export function listChoices(values: readonly unknown[]): string {
  const quoted = values.map((value) => `\`${String(value)}\``);
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`;
}

const shownMax = 60;

/** A value as it may appear inside a message: short, on one line. */
export function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= shownMax ? line : `${line.slice(0, shownMax)}…`;
}

/** A value inside a message. Objects are only named, since their keys could be anything. */
export function showValue(value: unknown): string {
  if (typeof value === 'object') return describeActual(value);
  return `\`${shorten(String(value))}\``;
}

/** A value as one would write it in YAML, on one line. */
export function writeInline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(writeInline).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(([key, field]) => `${key}: ${writeInline(field)}`);
    return `{ ${fields.join(', ')} }`;
  }
  if (typeof value !== 'string') return String(value);
  return plainText.test(value) && !otherMeaning.test(value) ? value : JSON.stringify(value);
}

/** Words, paths, versions with two dots, sizes, durations and percentages need no quotes. */
const plainText = /^(?:[A-Za-z/$.][\w./$-]*|\d+(?:\.\d+){2,}|\d+(?:ms|s|m|h|%|Ki|Mi|Gi))$/;
const otherMeaning = /^(?:true|false|null|yes|no|on|off|\.inf|\.nan)$/i;
