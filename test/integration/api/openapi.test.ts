/** What the API says of itself is what it answers. */

import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resourceSchemas } from '../../../controller/api/schemas/resource-schemas.ts';
import { statusView } from '../../../registry/status/status-view.ts';
import { order, startShopServer } from '../../support/status/shop-server.ts';
import type { StatusServer } from '../../support/status/status-server.ts';

let server: StatusServer;

beforeAll(async () => {
  server = await startShopServer();
});

afterAll(() => server.close());

const json = async (path: string) => (await server.app.inject(`/api/v1${path}`)).json();

describe('description', () => {
  test('every answer is what its schema says, and nothing was cut away', async () => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, schemas: [...resourceSchemas] });
    const status = statusView(server.fleet.input);
    const validate = ajv.getSchema('Status');
    expect(validate?.(JSON.parse(JSON.stringify(status))), JSON.stringify(validate?.errors)).toBe(
      true,
    );
    expect((await json('/status')).item).toEqual(JSON.parse(JSON.stringify(status)));
    const lists = [
      'nodes',
      'services',
      'instances',
      'endpoints',
      'rollouts',
      'revisions',
      'packages',
      'events',
      'faults',
      'problems',
    ];
    const document = (await server.app.inject('/openapi.json')).json();
    for (const list of lists) {
      const { items } = await json(`/${list}`);
      expect(items.length, list).toBeGreaterThan(0);
      const schema =
        document.paths[`/api/v1/${list}`].get.responses[200].content['application/json'].schema;
      const id = schema.properties.items.items.$ref.split('/').at(-1);
      const check = ajv.getSchema(id);
      for (const item of items)
        expect(check?.(item), `${id}: ${JSON.stringify(check?.errors)}`).toBe(true);
    }
    const why = await json(`/why/any/${order}`);
    const checkWhy = ajv.getSchema('Why');
    expect(checkWhy?.(why.item), JSON.stringify(checkWhy?.errors)).toBe(true);
    const problem = await json('/nodes/none');
    const checkProblem = ajv.getSchema('Problem');
    expect(checkProblem?.(problem), JSON.stringify(checkProblem?.errors)).toBe(true);
  });

  test('is OpenAPI 3.1 whose references all lead somewhere', async () => {
    const document = (await server.app.inject('/openapi.json')).json();
    expect(document.openapi).toBe('3.1.0');
    const text = JSON.stringify(document);
    const references = new Set(
      [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name),
    );
    expect(references.size).toBeGreaterThan(10);
    for (const name of references)
      expect(document.components.schemas, name).toHaveProperty([String(name)]);
    expect(text.match(/"\$ref":"(?!#\/components\/schemas\/)/)).toBeNull();
    for (const [path, methods] of Object.entries(document.paths as Record<string, object>)) {
      for (const [method, operation] of Object.entries(methods)) {
        expect(operation.summary, `${method} ${path}`).toBeTruthy();
        const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).toSorted();
        const parameters = (operation.parameters ?? []) as { in: string; name: string }[];
        const described = parameters.filter((one) => one.in === 'path').map(({ name }) => name);
        expect(described.toSorted(), path).toEqual(named);
      }
    }
  });
});
