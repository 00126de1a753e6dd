import { describe, expect, test } from 'vitest';
import type { JsonSchema } from '../../../schemas/json-schema.ts';
import { kindNames, kindSchemas } from '../../../schemas/kinds.ts';
import { explain } from '../../../spec/explain.ts';
import { renderExplanation, renderKinds } from '../../../spec/render-explanation.ts';

/** Every dotted path that a schema knows. */
function pathsOf(schema: JsonSchema, path: string): string[] {
  const inner = schema.items ?? schema.additionalProperties;
  const below = typeof inner === 'object' ? pathsOf(inner, path).slice(1) : [];
  const fields = Object.entries(schema.properties ?? {});
  return [path, ...below, ...fields.flatMap(([name, field]) => pathsOf(field, `${path}.${name}`))];
}

const paths = kindNames.flatMap((kind) => pathsOf(kindSchemas[kind], kind));

test('every path of every schema is explained, with a description and a type', () => {
  expect(paths.length).toBeGreaterThan(120);
  for (const path of paths) {
    const found = explain(path);
    expect(found.state, path).toBe('found');
    if (found.state !== 'found') return;
    expect(found.path).toBe(path);
    expect(found.self.description, path).not.toBe('');
    for (const field of found.fields) {
      expect(field.type, `${path}.${field.name}`).toMatch(/^(?!.*another value)./);
    }
    expect(renderExplanation(found)).toContain(found.self.description);
  }
});

test('a list is explained by the fields of its items, and indexes are ignored', () => {
  const found = explain('Service.spec.servants[0]');
  expect(found).toMatchObject({ state: 'found', path: 'Service.spec.servants', list: true });
  expect(found.state === 'found' && found.fields.map(({ name }) => name)).toContain('port');
  const key = explain('Service.spec.servants[0].auth.secretKey');
  expect(key).toMatchObject({ fields: [{ name: 'secret', required: true }, { name: 'key' }] });
  expect(explain('Service.spec.servants[0].port')).toMatchObject({
    state: 'found',
    self: { type: 'a whole number from 1 to 65535, or `auto`', default: 'auto', required: false },
  });
});

test('free keys are explained by what stands behind them', () => {
  const found = explain('DataCenter.spec.networks');
  expect(found.state === 'found' && found.fields.map(({ name }) => name)).toEqual(['cidrs']);
});

describe('a path that is not known', () => {
  test.each([
    ['Servic', 'Servic', 'Service'],
    ['Service.spec.rolout', 'rolout', 'rollout'],
    ['Service.spec.rollout.batsch', 'batsch', 'batch'],
    ['Service.Spec', 'Spec', 'spec'],
    ['Service.spec.zzz', 'zzz', undefined],
    ['Service.spec.toString', 'toString', undefined],
    ['__proto__', '__proto__', undefined],
    ['Service.spec.type.below', 'below', undefined],
    ['', '', undefined],
  ])('%j', (path, part, meant) => {
    const found = explain(path);
    expect(found).toMatchObject({ state: 'unknown', part });
    expect(found.state === 'unknown' && found.meant).toBe(meant);
  });

  test('comes with what is known there', () => {
    const found = explain('Service.spec.rollout.batsch');
    expect(found.state === 'unknown' && found.known).toEqual([
      'strategy',
      'batch',
      'maxUnavailable',
      'progressDeadline',
    ]);
  });
});

test('the text of one object', () => {
  const found = explain('Service.spec.rollout');
  if (found.state !== 'found') throw new Error('not found');
  expect(renderExplanation(found)).toBe(`Service.spec.rollout   an object
How a change of this service is rolled out, in each data centre on its own.

fields
  strategy   \`rolling\` or \`recreate\`, default: that of Cluster.spec.defaults.rollout.strategy (rolling)
      rolling: batch after batch. recreate: stop all instances, then start all.
      strategy: rolling
  batch   a whole number from 1 to 100000, or a percentage from 1% to 100%, default: that of Cluster.spec.defaults.rollout.batch (25%)
      Instances that are changed at the same time in one scope: a number, or a percentage of the scope, rounded down, at least 1.
      batch: 25%
  maxUnavailable   a whole number from 1 to 100000, or a percentage from 1% to 100%, default: that of Cluster.spec.defaults.rollout.maxUnavailable (25%)
      Instances of one scope that may be out of service at any moment of a rollout: a number, or a percentage, rounded down, at least 1.
      maxUnavailable: 1
  progressDeadline   a string, default: that of Cluster.spec.defaults.rollout.progressDeadline (10m)
      A rollout without progress for this long is shown as stalled.
      progressDeadline: 10m

example
  rollout:
    strategy: rolling
    batch: 1
    maxUnavailable: 1`);
});

test('what is explained ends with the next thing to explain', () => {
  const found = explain('Service.spec');
  if (found.state !== 'found') throw new Error('not found');
  expect(renderExplanation(found)).toMatch(/\nNext: {2}tarsctl explain Service\.spec\.release$/);
});

test('the kinds are listed with what they are', () => {
  const text = renderKinds();
  for (const kind of kindNames) expect(text).toContain(`\n${kind} `.slice(1));
  for (const kind of kindNames) expect(text).toContain(kindSchemas[kind].description);
});
