import { fc } from '../../../support/seeded-property.ts';
import { describe, expect, test } from 'vitest';
import type { JsonSchema } from '../../../../schemas/json-schema.ts';
import { kindNames, kindSchemas } from '../../../../schemas/kinds.ts';
import { validateDocument } from '../../../../spec/validate/validate-document.ts';

const check = (value: unknown) => validateDocument(value, () => undefined);

test.each(['Cluster', 'DataCenter'] as const)(
  '%s needs no spec: all of it has defaults',
  (kind) => {
    const document = { apiVersion: 'tarsier/v1', kind, metadata: { name: 'sz' } };
    const spelt = { ...document, spec: {} };
    expect(check(document)).toMatchObject({ kind, faults: [] });
    check(spelt);
    expect(document).toEqual(spelt);
  },
);

describe.each(kindNames)('%s', (kind) => {
  const example = () => structuredClone(kindSchemas[kind].examples?.[0]) as Record<string, unknown>;

  test('its example has no fault', () => {
    expect(check(example())).toMatchObject({ kind, faults: [] });
  });

  test('defaults are applied once: a second look finds nothing to add', () => {
    const document = example();
    check(document);
    const once = structuredClone(document);
    check(document);
    expect(document).toEqual(once);
  });

  test('one unknown field anywhere is one fault', () => {
    for (const pointer of objectsIn(kindSchemas[kind], example())) {
      const document = example();
      Object.assign(at(document, pointer), { zzzzzzzz: 1 });
      const { faults } = check(document);
      expect(
        faults.map(({ code }) => code),
        pointer.join('.'),
      ).toEqual(['SPEC_UNKNOWN_FIELD']);
    }
  });

  test('one value of another type is one fault at that value', () => {
    for (const pointer of leavesIn(example())) {
      if (['apiVersion', 'kind'].includes(pointer[0] ?? '')) continue;
      const document = example();
      const parent = at(document, pointer.slice(0, -1)) as Record<string, unknown>;
      parent[pointer.at(-1) ?? ''] = { wrong: { type: true } };
      const { faults } = check(document);
      const isSecret = kind === 'Secret' && pointer[1] === 'values';
      expect(
        faults.map(({ code, pointer: found }) => [code, found]),
        pointer.join('.'),
      ).toEqual([
        [isSecret ? 'SPEC_SECRET_NOT_ENCRYPTED' : 'SPEC_WRONG_TYPE', `/${pointer.join('/')}`],
      ]);
    }
  });
});

test('no document makes the validator throw, and what is accepted stays accepted', () => {
  const keys = fc.constantFrom(
    'apiVersion',
    'kind',
    'metadata',
    'name',
    'labels',
    'spec',
    'type',
    'placement',
    'nodes',
    'select',
    'count',
    'run',
    'start',
    'monitor',
    'tcp',
    'http',
    'servants',
    'port',
    'rollout',
    'batch',
    'names',
    'addresses',
    'scope',
    'content',
    'file',
    'toString',
  );
  const values = fc.constantFrom<unknown>(
    'tarsier/v1',
    'Service',
    'NodeSet',
    'Config',
    'A.B',
    'process',
    'auto',
    8080,
    '8080',
    '25%',
    null,
    true,
    1.5,
    -1,
  );
  const document = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 5 },
      values,
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(keys, tie('any'), { maxKeys: 6 }),
    ),
  })).any;
  const whole = fc.record({
    apiVersion: fc.constant('tarsier/v1'),
    kind: fc.constantFrom(...kindNames),
    metadata: document,
    spec: document,
  });
  fc.assert(
    fc.property(fc.oneof(document, whole), (value) => {
      const { faults, kind } = check(value);
      if (faults.length === 0) expect(check(value)).toMatchObject({ kind, faults: [] });
      for (const { message } of faults) expect(message).not.toMatch(/undefined|\[object/);
    }),
    { numRuns: 3_000 },
  );
});

type Path = readonly string[];

function at(document: unknown, path: Path): object {
  let value = document;
  for (const part of path) value = (value as Record<string, unknown>)[part];
  return value as object;
}

/** Closed objects of the schema that the document has. */
function objectsIn(schema: JsonSchema, value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  const found = schema.additionalProperties === false ? [path] : [];
  for (const [key, child] of Object.entries(value)) {
    const inner = schema.properties?.[key] ?? schema.items ?? schema.additionalProperties;
    if (typeof inner === 'object') found.push(...objectsIn(inner, child, [...path, key]));
  }
  return found;
}

function leavesIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, child]) => leavesIn(child, [...path, key]));
}
