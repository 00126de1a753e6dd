/** What the language says about a field: for `tarsctl explain`, and for documentation. */

import type { JsonSchema } from '../schemas/json-schema.ts';
import { isKindName, kindNames, kindSchemas } from '../schemas/kinds.ts';
import { nearest } from './validate/nearest.ts';
import { describeExpected, typeWord, writeInline } from './validate/wording.ts';

export interface ExplainedField {
  readonly name: string;
  /** In words: `a whole number from 1 to 65535, or \`auto\``. */
  readonly type: string;
  /** What a text, the items of a list or the keys of an object look like, in words. */
  readonly form?: string;
  readonly required: boolean;
  /** As one would write it in YAML. */
  readonly default?: string;
  /** Path of the field that gives the value when this one is absent. */
  readonly defaultFrom?: string;
  readonly description: string;
  /** Values that fit. */
  readonly examples: readonly unknown[];
  /** It has fields of its own, which can be explained in turn. */
  readonly nested: boolean;
}

export type Explanation =
  | {
      readonly state: 'found';
      /** Path as it is written right, such as `Service.spec.rollout`. */
      readonly path: string;
      readonly self: ExplainedField;
      /** A list: these are the fields of its items. */
      readonly list: boolean;
      readonly fields: readonly ExplainedField[];
    }
  | {
      readonly state: 'unknown';
      readonly path: string;
      /** The part of the path that is not known. */
      readonly part: string;
      /** What is known there. */
      readonly known: readonly string[];
      readonly meant?: string;
    };

/** Every kind with its description. */
export function listKinds(): readonly { readonly kind: string; readonly description: string }[] {
  return kindNames.map((kind) => ({ kind, description: kindSchemas[kind].description ?? '' }));
}

/** `path` is a kind and the names of fields, joined by dots; indexes such as `[0]` are ignored. */
export function explain(path: string): Explanation {
  const [kind = '', ...parts] = path.replaceAll(/\[[^\]]*\]/g, '').split('.');
  if (!isKindName(kind)) return unknown('', kind, kindNames);
  let schema: JsonSchema = kindSchemas[kind];
  let required = true;
  let at: string = kind;
  for (const part of parts) {
    const fields = fieldsOf(schema);
    const next = Object.hasOwn(fields, part) ? fields[part] : undefined;
    if (next === undefined) return unknown(at, part, Object.keys(fields));
    required = isRequired(schema, part);
    schema = next;
    at = `${at}.${part}`;
  }
  return {
    state: 'found',
    path: at,
    self: explainField(parts.at(-1) ?? kind, schema, required),
    list: schema.items !== undefined,
    fields: Object.entries(fieldsOf(schema)).map(([name, field]) =>
      explainField(name, field, isRequired(schema, name)),
    ),
  };
}

function unknown(at: string, part: string, known: readonly string[]): Explanation {
  const path = at === '' ? part : `${at}.${part}`;
  const meant = nearest(part, known);
  return { state: 'unknown', path, part, known, ...(meant === undefined ? {} : { meant }) };
}

/** Fields of an object, of the items of a list, of the values behind free keys, or of one choice. */
function fieldsOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  const inner = innerOf(schema);
  return schema.properties ?? (typeof inner === 'object' ? fieldsOf(inner) : {});
}

function innerOf({ items, additionalProperties, oneOf }: JsonSchema) {
  const choice = oneOf?.find(({ properties }) => properties !== undefined);
  return items ?? additionalProperties ?? choice;
}

function isRequired(schema: JsonSchema, name: string): boolean {
  const inner = innerOf(schema);
  if (schema.required?.includes(name)) return true;
  return schema.properties === undefined && typeof inner === 'object' && isRequired(inner, name);
}

function explainField(name: string, schema: JsonSchema, required: boolean): ExplainedField {
  const from = schema['x-default-from'];
  const nested = Object.keys(fieldsOf(schema)).length > 0;
  const { 'x-pattern-says': form } = schema.items ?? schema.propertyNames ?? schema;
  return {
    name,
    type: describeType(schema),
    ...(form === undefined ? {} : { form }),
    required,
    // What an object's fields default to is said at those fields.
    ...(schema.default === undefined || schema.type === 'object'
      ? {}
      : { default: writeInline(schema.default) }),
    ...(from === undefined ? {} : { defaultFrom: from }),
    description: schema.description ?? '',
    examples: schema.examples ?? [],
    nested,
  };
}

function describeType(schema: JsonSchema): string {
  if (schema.items !== undefined) {
    return schema.items.type === 'object' ? 'a list of objects' : 'a list of strings';
  }
  if (schema.type === 'object' && schema.properties === undefined)
    return 'an object with free keys';
  return schema.pattern === undefined ? describeExpected(schema) : typeWord(schema.type);
}
