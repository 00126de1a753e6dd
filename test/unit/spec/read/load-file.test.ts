import { fc } from '../../../support/seeded-property.ts';
import { dump, load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { renderFaultsAsText } from '../../../../spec/fault-output/render-text.ts';
import { isKind } from '../../../../spec/kind-of.ts';
import { DocumentBuilder } from '../../../../spec/read/document-builder.ts';
import { loadFile } from '../../../../spec/read/load-file.ts';
import { loaderVersion } from '../../../../spec/read/loader-version.ts';
import { parseStream } from '../../../../spec/read/parse-stream.ts';

function loadText(text: string) {
  return loadFile({ path: 'a/b.yaml', blobId: 'id', bytes: new TextEncoder().encode(text) });
}

const service = (name: string) => `apiVersion: tarsier/v1
kind: Service
metadata:
  name: ${name}
spec:
  type: process
  placement:
    - nodes: [web-1]
  run: { start: ./cart }
`;

describe('objects', () => {
  test('have their place, and every default of their schema', () => {
    const file = loadText(`# A comment\n\n${service('Shop.CartServer')}`);
    expect(file.faults).toEqual([]);
    expect(file.unreadable).toBe(false);
    const [object] = file.objects;
    expect(object).toMatchObject({
      kind: 'Service',
      name: 'Shop.CartServer',
      path: 'a/b.yaml',
      documentIndex: 0,
      line: 3,
    });
    if (object === undefined || !isKind(object, 'Service')) throw new Error('not a Service');
    const { spec, metadata } = object.value;
    expect(metadata.labels).toEqual({});
    expect(spec).toMatchObject({
      state: 'running',
      servants: [],
      configs: [],
      env: {},
      rollout: {},
    });
    expect(spec.run).toEqual({ start: './cart', limits: {}, hooks: {} });
  });

  test('defaults reach into lists and nested objects', () => {
    const [object] = loadText(`${service('A.B')}  servants:\n    - name: AObj\n`).objects;
    if (object === undefined || !isKind(object, 'Service')) throw new Error('not a Service');
    expect(object.value.spec.servants).toEqual([
      {
        name: 'AObj',
        port: 'auto',
        protocol: 'tars',
        threads: 5,
        maxConnections: 10240,
        queue: { capacity: 10000, timeoutMs: 60000 },
        weight: 100,
      },
    ]);
  });

  test('two objects never share a default', () => {
    const { objects } = loadText(`${service('A.B')}---\n${service('C.D')}`);
    const [one, other] = objects.map(({ value }) => value as { spec: { env: object } });
    expect(one?.spec.env).toEqual(other?.spec.env);
    expect(one?.spec.env).not.toBe(other?.spec.env);
  });

  test.each([
    ['lf', '\n'],
    ['crlf', '\r\n'],
  ])('several documents in one file have their own lines: %s', (_, end) => {
    const text = `${service('A.A')}---\n${service('B.B')}---\n---\n# end\n---\n${service('C.C')}`;
    const { objects } = loadText(text.replaceAll('\n', end));
    expect(objects.map(({ name, documentIndex, line }) => [name, documentIndex, line])).toEqual([
      ['A.A', 0, 1],
      ['B.B', 1, 11],
      ['C.C', 4, 24],
    ]);
  });

  test.each(['', '# nothing but a comment\n', '---\n', '---\n...\n---\n'])(
    '%j holds nothing',
    (text) => {
      expect(loadText(text)).toMatchObject({
        objects: [],
        broken: [],
        faults: [],
        unreadable: false,
      });
    },
  );

  test('depend on the content alone, and are plain data', () => {
    const file = loadText(service('A.B'));
    expect(loadText(service('A.B'))).toEqual(file);
    expect(JSON.parse(JSON.stringify(file))).toEqual(file);
    expect(loaderVersion).toMatch(/^\d+-[0-9a-f]{16}$/);
  });
});

function identify(text: string) {
  const { broken, unreadable, objects } = loadText(text);
  return {
    broken: broken.map((one) => `${one.kind}/${one.name}`),
    unreadable,
    objects: objects.length,
  };
}

describe('what a broken document was', () => {
  test('is known by its kind and name when it parsed', () => {
    expect(identify(`${service('A.B')}  nope: 1\n`)).toEqual({
      broken: ['Service/A.B'],
      unreadable: false,
      objects: 0,
    });
  });

  test('is known by its text when it did not parse and leaves no doubt', () => {
    expect(identify(`${service('A.B')}  x: [\n---\n${service('C.D')}`)).toEqual({
      broken: ['Service/A.B'],
      unreadable: false,
      objects: 1,
    });
    expect(
      identify('apiVersion: tarsier/v1\nkind: "Node"\nmetadata: { name: web-1 }\nspec: [\n'),
    ).toEqual({
      broken: ['Node/web-1'],
      unreadable: false,
      objects: 0,
    });
  });

  test.each([
    ['an unknown kind', service('A.B').replace('Service', 'Servce')],
    ['no name', 'apiVersion: tarsier/v1\nkind: Service\nmetadata: {}\nspec: {}\n'],
    ['a name that cannot be', service('A B')],
    ['a name that is a number', service('1.5')],
    ['two names', service('A.B\n  name: C.D')],
    ['two kinds in what does not parse', `${service('A.B')}x: [\n${service('C.D')}`],
    ['a merge conflict', `<<<<<<< HEAD\n${service('A.B')}>>>>>>> other\n`],
    ['a name further in', 'kind: Service\nmetadata:\n  labels:\n    name: A.B\nspec: [\n'],
    ['a list', '- a\n'],
    ['no UTF-8', '\uFEFFkind: Service\n'],
  ])('is unknown for %s', (_, text) => {
    expect(identify(text)).toMatchObject({ broken: [], unreadable: true });
  });
});

const jsonLike = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.string(),
    fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc
        .string({ minLength: 1 })
        .filter((key) => !['__proto__', 'constructor', 'prototype', '<<'].includes(key)),
      tie('value'),
      { maxKeys: 4 },
    ),
  ),
})).value;

describe('the builder agrees with js-yaml', () => {
  test.each([
    ['dumped by js-yaml', (value: unknown) => dump(value)],
    ['dumped by yaml', (value: unknown) => stringify(value, { aliasDuplicateObjects: false })],
  ])('on values %s', (_, write) => {
    fc.assert(
      fc.property(jsonLike, (value) => {
        const text = write(value);
        let expected: unknown;
        try {
          expected = load(text);
        } catch {
          return;
        }
        const stream = parseStream(text);
        const built = stream.chunks.flatMap((chunk) => [...new DocumentBuilder(chunk).build()]);
        const doubtful = built.some(({ faults }) =>
          faults.some(({ code }) => code === 'SPEC_YAML_NUMBER'),
        );
        const unlike = ['SPEC_YAML_NUMBER', 'SPEC_TEXT_CHARACTER'];
        expect(
          built.flatMap(({ faults }) => faults.filter(({ code }) => !unlike.includes(code))),
        ).toEqual([]);
        if (!doubtful) expect(JSON.stringify(built[0]?.value)).toEqual(JSON.stringify(expected));
      }),
      { numRuns: 1_000 },
    );
  });
});

test('any text is answered quickly, with faults inside the text that can be shown', () => {
  const pieces = fc.constantFrom(
    'apiVersion: tarsier/v1',
    'kind: Service',
    'metadata:',
    'name: A.B',
    'spec:',
    'type: process',
    '\n',
    '\n',
    '\n',
    '  ',
    '    ',
    ' ',
    '- ',
    ': ',
    ':',
    '? ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '"',
    "'",
    '|',
    '>',
    '#',
    '&a ',
    '*a',
    '!t ',
    '!!str ',
    '<<: ',
    '---\n',
    '...\n',
    '%YAML 1.2\n',
    '\t',
    '\r\n',
    '\r',
    '\0',
    '\u0007',
    '\u2028',
    '\uFEFF',
    '环境',
    '😀',
    '\uD800',
    '@',
    '`',
    '~',
    '0755',
    '1.10',
    'true',
    '__proto__: x',
    '\\',
    '"\\x"',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
      const text = parts.join('').toWellFormed();
      const started = process.threadCpuUsage().user;
      const file = loadText(text);
      expect(process.threadCpuUsage().user - started).toBeLessThan(500_000);
      for (const { place } of file.faults) {
        if (place.range === undefined) continue;
        expect(place.range.start).toBeGreaterThanOrEqual(0);
        expect(place.range.start).toBeLessThanOrEqual(text.length);
        expect(place.range.end).toBeGreaterThan(place.range.start);
      }
      const output = renderFaultsAsText(file.faults, () => text);
      // oxlint-disable-next-line no-control-regex -- Control characters are what must not be there.
      expect(output).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/);
      if (file.faults.length > 0) expect(file.broken.length > 0 || file.unreadable).toBe(true);
    }),
    { numRuns: 3_000 },
  );
});
