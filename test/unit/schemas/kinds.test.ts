import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { generateTypes } from '../../../schemas/generate-types.ts';
import type { JsonSchema } from '../../../schemas/json-schema.ts';
import { isKindName, kindNames, kindSchemas } from '../../../schemas/kinds.ts';

/** Every schema below `schema` that describes a field or an item, with its path. */
function fieldsOf(schema: JsonSchema, path: string): [string, JsonSchema][] {
  const found: [string, JsonSchema][] = [];
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    found.push([`${path}.${name}`, field], ...fieldsOf(field, `${path}.${name}`));
  }
  if (schema.items !== undefined) found.push(...fieldsOf(schema.items, `${path}[]`));
  if (typeof schema.additionalProperties === 'object') {
    found.push(...fieldsOf(schema.additionalProperties, `${path}.*`));
  }
  for (const branch of schema.oneOf ?? []) found.push(...fieldsOf(branch, path));
  return found;
}

const allFields = kindNames.flatMap((kind) => fieldsOf(kindSchemas[kind], kind));
const identity = /\.(apiVersion|kind|metadata|spec)$/;

test('the generated types are those of the schemas: run npm run generate:types', async () => {
  const written = readFileSync(
    new URL('../../../schemas/kinds.generated.ts', import.meta.url),
    'utf8',
  );
  expect(written).toBe(await generateTypes());
});

test('a kind is known by its exact name only', () => {
  expect(isKindName('Service')).toBe(true);
  expect(isKindName('service')).toBe(false);
  expect(isKindName('__proto__')).toBe(false);
  expect(isKindName('constructor')).toBe(false);
});

describe.each(kindNames)('%s', (kind) => {
  const schema = kindSchemas[kind];

  test('is closed, describes itself, and its examples are valid', () => {
    expect(schema.title).toBe(kind);
    expect(schema.properties?.['kind']?.const).toBe(kind);
    expect(schema.additionalProperties).toBe(false);
    const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false });
    ajv.addVocabulary(['x-pattern-says', 'x-default-from', 'x-secret']);
    const validate = ajv.compile(schema);
    expect(schema.examples?.length).toBeGreaterThan(0);
    for (const example of schema.examples ?? []) {
      expect(validate(example), JSON.stringify(validate.errors)).toBe(true);
    }
  });
});

test('every field has a description, and every field of spec an example', () => {
  expect(allFields.length).toBeGreaterThan(100);
  expect(allFields.filter(([, field]) => !field.description).map(([path]) => path)).toEqual([]);
  const bare = allFields.filter(([path, field]) => !identity.test(path) && !field.examples);
  expect(bare.map(([path]) => path)).toEqual([]);
});

test('every example and default of a field fits the field', () => {
  for (const [path, field] of allFields) {
    const ajv = new Ajv2020({ strict: false });
    const validate = ajv.compile({ ...field, title: path });
    const values = [...(field.examples ?? []), ...('default' in field ? [field.default] : [])];
    for (const value of values) {
      expect(validate(value), `${path}: ${JSON.stringify(value)}`).toBe(true);
    }
  }
});

test('every object is closed or says what its keys look like, and every pattern says what it means', () => {
  for (const [path, field] of allFields) {
    if (field.type === 'object') expect(field.additionalProperties, path).toBeDefined();
    if (typeof field.additionalProperties === 'object') {
      expect(field.propertyNames?.pattern, path).toBeDefined();
    }
    if (field.pattern !== undefined) expect(field['x-pattern-says'], path).toBeDefined();
  }
});

test('a default that comes from elsewhere names a field with a default', () => {
  const borrowed = allFields.filter(([, field]) => field['x-default-from'] !== undefined);
  expect(borrowed.length).toBeGreaterThan(3);
  for (const [path, field] of borrowed) {
    const source = allFields.find(([name]) => name === field['x-default-from']);
    expect(source?.[1].default, path).toBeDefined();
  }
});
