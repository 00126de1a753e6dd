/** Levels of a file merged by structure, in each format. */

import { fc } from '../../../support/seeded-property.ts';
import { parse as parseToml } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml, stringify as printYaml } from 'yaml';
import { checkText, formatOf, mergeTexts } from '../../../../spec/configs/config-format.ts';

describe('levels are merged key by key, and what comes later wins', () => {
  test.each<[name: string, file: string, levels: string[], merged: string]>([
    [
      'JSON: two spaces, keys where they first came, numbers and escapes as written',
      'a.json',
      ['{"z":1.0,"a":{"9":1,"1":"\\u00e9"}}', '{"a":{"1":"x","n":12345678901234567890},"b":[]}'],
      '{\n  "z": 1.0,\n  "a": {\n    "9": 1,\n    "1": "x",\n    "n": 12345678901234567890\n  },\n  "b": []\n}\n',
    ],
    [
      'JSON: lists are replaced, and so is a value by an object',
      'a.json',
      ['{"l":[1,2],"v":1}', '{"l":[3],"v":{"w":null}}'],
      '{\n  "l": [\n    3\n  ],\n  "v": {\n    "w": null\n  }\n}\n',
    ],
    [
      'JSON: a root that is no object is replaced',
      'a.json',
      ['{"a":1}', '[]', '[true]'],
      '[\n  true\n]\n',
    ],
    [
      'JSON: __proto__ is a key like any other',
      'a.json',
      ['{"__proto__":{"a":1}}', '{"__proto__":{"b":2}}'],
      '{\n  "__proto__": {\n    "a": 1,\n    "b": 2\n  }\n}\n',
    ],
    [
      'YAML: comments, quotes and numbers as written',
      'a.yaml',
      [
        '# of all\nversion: 1.10\nflag: "yes"\nlimits:\n  # per minute\n  orders: 0x1F\n  carts: 2\nempty:\nnone: ~\n',
        'limits:\n  carts: 3 # more here\n  other: no\n',
      ],
      '# of all\nversion: 1.10\nflag: "yes"\nlimits:\n  # per minute\n  orders: 0x1F\n  carts: 3 # more here\n  other: no\nempty:\nnone: ~\n',
    ],
    [
      'YAML: lists are replaced, a map in braces stays one',
      'a.YML',
      ['l:\n  - 1\n  - 2\nm: { a: 1 }\n', 'l: [3]\nm:\n  b: 2\n'],
      'l: [ 3 ]\nm: { a: 1, b: 2 }\n',
    ],
    ['YAML: null wins', 'a.yml', ['a: 1\n', 'a:\n'], 'a:\n'],
    [
      'YAML: long texts are not broken',
      'a.yml',
      [`a: ${'long '.repeat(40).trim()}\n`, 'b: |\n  one\n  two\n'],
      `a: ${'long '.repeat(40).trim()}\nb: |\n  one\n  two\n`,
    ],
    [
      'TOML: tables, exact integers, floats and dates',
      'a.toml',
      [
        'n = 9007199254740993\nf = 1.0\n[log]\nlevel = "info"\nfiles = ["a", "b"]\n',
        '[log]\nlevel = "debug"\nfiles = ["c"]\n[new]\nday = 1979-05-27\n',
      ],
      'n = 9007199254740993\nf = 1.0\n\n[log]\nlevel = "debug"\nfiles = [ "c" ]\n\n[new]\nday = 1979-05-27\n',
    ],
    [
      'TOML: lists of tables are replaced',
      'a.toml',
      ['[[t]]\na = 1\n[[t]]\na = 2\n', '[[t]]\nb = 1\n'],
      '[[t]]\nb = 1\n',
    ],
    [
      'TARS: sections are joined, keys before sections, escapes as written',
      'cart.conf',
      [
        '# of all\n<main>\n  timeout = 3\n  where=a\\=b\n  blank=\\sx\n  bare\n</main>\n',
        '<main>\n<db>\nhost=h1\n</db>\ntimeout=5\n</main>\n',
      ],
      '<main>\n  timeout=5\n  where=a\\=b\n  blank=\\sx\n  bare\n  <db>\n    host=h1\n  </db>\n</main>\n',
    ],
    ['any other ending is TARS text', 'a.properties', ['a=1\nb=2', 'b=3'], 'a=1\nb=3\n'],
  ])('%s', (_name, file, levels, merged) => {
    for (const level of levels) expect(checkText(file, level)).toBeUndefined();
    expect(mergeTexts(file, levels)).toBe(merged);
  });

  test.each(['a.json', 'a.yaml', 'a.toml', 'a.conf'])(
    'in %s, a level that says nothing is passed over, and one that stands alone stays as written',
    (file) => {
      const text = { json: '{"a" :1}', yaml: '#\na:   1', toml: 'a   = 1', conf: '#\na = 1' };
      const alone = text[file.slice(2) as keyof typeof text];
      expect(mergeTexts(file, ['', alone, ' \n'])).toBe(alone);
      expect(mergeTexts(file, ['', '\n'])).toBe('');
      expect(checkText(file, ' \n')).toBeUndefined();
    },
  );

  test('a YAML level of comments alone changes nothing', () => {
    expect(parseYaml(mergeTexts('a.yaml', ['a: 1\n', '# nothing\n']))).toEqual({ a: 1 });
    expect(parseYaml(mergeTexts('a.yaml', ['# nothing\n', 'a: 1\n']))).toEqual({ a: 1 });
  });
});

describe('a text that cannot be merged is a fault at its place', () => {
  test.each<[file: string, text: string, at: string, message: RegExp]>([
    ['a.json', '{"a": 1,}', '}', /`,` before `}`/],
    ['a.json', '{a: 1}', 'a: 1}', /key in double quotes/],
    ['a.json', '[1, ]', ']', /`,` before `]`/],
    ['a.json', '{"a" 1}', '1}', /`:` is expected/],
    ['a.json', '{"a": oops}', 'oops}', /a value is expected/],
    ['a.json', '{"a": 01}', '1}', /`,` or `}`/],
    ['a.json', '["a\nb"]', '"a\nb"]', /line break/],
    ['a.json', '{"a": [1', '', /and the text ends/],
    ['a.json', '{} {}', '{}', /behind the end/],
    ['a.yaml', 'a: 1\n b: 2\n', ': 2\n', /indentation/],
    ['a.yaml', 'a: &x 1\nb: *x\n', '*x\n', /aliases/],
    ['a.yaml', 'a: 1\nb: 1\na: 2\n', 'a: 2\n', /twice/],
    ['a.yaml', 'a: 1\n---\nb: 1\n', '---\nb: 1\n', /one document/],
    ['a.toml', 'a = 1\nb == 2\n', '= 2\n', /invalid value/],
    ['a.toml', 'a = 1\na = 2\n', 'a = 2\n', /./],
    ['a.conf', '<a>\nx=1\n</b>\n</a>\n', '</b>\n</a>\n', /<\/b> stands where <\/a>/],
    ['a.conf', 'x=1\n  </a>\n', '</a>\n', /not open/],
    ['a.conf', '<a>\n  <b>\n  </b>\n', '<a>\n  <b>\n  </b>\n', /never closed/],
    ['a.conf', '<a\nx=1\n', '<a\nx=1\n', /alone/],
    ['a.conf', '=1\n', '=1\n', /no key/],
    ['a.conf', 'x=<a>\n', 'x=<a>\n', /Java/],
    ['a.ini', '[a]\nx=1\n', '[a]\nx=1\n', /not `\[name\]`/],
  ])('%s: %.20j', (file, text, rest, message) => {
    const fault = checkText(file, text);
    expect(fault?.message).toMatch(message);
    expect(text.slice(fault?.offset).slice(0, 12)).toBe(rest.slice(0, 12));
  });

  test.each<[name: string, file: string, text: string, message: RegExp]>([
    ['JSON lists', 'a.json', '['.repeat(5000), /levels inside/],
    ['YAML lists', 'a.yaml', '- '.repeat(5000), /nesting/],
    ['YAML brackets', 'a.yaml', '['.repeat(5000), /nesting/],
    ['TOML keys', 'a.toml', `a${'.a'.repeat(5000)} = 1`, /tables inside/],
    ['TOML lists', 'a.toml', `a = ${'['.repeat(5000)}`, /nested/],
    ['TARS sections', 'a.conf', '<a>\n'.repeat(5000), /sections inside/],
  ])('too deep: %s', (_name, file, text, message) => {
    expect(checkText(file, text)?.message).toMatch(message);
  });

  test.each(['a.json', 'a.yaml', 'a.toml', 'a.conf'])(
    '%s: no text makes the check throw',
    (file) => {
      const pieces = fc.constantFrom(
        ...'{}[]":,\'#-<>/=&*!|?%@`\\\n\t '.split(''),
        'a',
        '1',
        'null',
        '__proto__',
        '---',
        '<a>',
        '</a>',
        '\u0000',
        '\u{1f600}',
        '\ud800',
      );
      const texts = fc.oneof(
        fc.constant(soundTexts[file] ?? ''),
        fc.string(),
        fc.array(pieces, { maxLength: 30 }).map((all) => all.join('')),
      );
      let sound = 0;
      fc.assert(
        fc.property(texts, texts, (one, other) => {
          const faults = [checkText(file, one), checkText(file, other)];
          for (const [at, fault] of faults.entries()) {
            expect(fault?.offset ?? 0).toBeGreaterThanOrEqual(0);
            expect(fault?.offset ?? 0).toBeLessThanOrEqual([one, other][at]?.length ?? 0);
          }
          if (faults.some((fault) => fault !== undefined)) return;
          sound += 1;
          // What is merged can be merged again.
          expect(checkText(file, mergeTexts(file, [one, other]))).toBeUndefined();
        }),
        { numRuns: 500 },
      );
      expect(sound).toBeGreaterThan(5);
    },
  );
});

const soundTexts: Readonly<Record<string, string>> = {
  'a.json': '{"a": [1]}',
  'a.yaml': 'a: [1]\n',
  'a.toml': 'a = [1]\n',
  'a.conf': 'a=1\n',
};

/** Plain data that each of the formats can say. */
const keys = fc.constantFrom('a', 'b', 'c', '1', 'a b', 'é', '__proto__', 'no', '=');
const scalars = fc.oneof(fc.string(), fc.boolean(), fc.integer());
const { tree } = fc.letrec<{ tree: Data; value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalars,
    fc.array(scalars, { maxLength: 2 }),
    tie('tree') as fc.Arbitrary<unknown>,
  ),
  tree: fc
    .array(fc.tuple(keys, tie('value')), { maxLength: 4 })
    .map((entries) => Object.assign(Object.create(null) as Data, plain(entries))),
}));

type Data = Record<string, unknown>;

/** `__proto__` as an own key. */
function plain(entries: readonly (readonly [string, unknown])[]): Data {
  const made = Object.create(null) as Data;
  for (const [key, value] of entries) made[key] = value;
  return made;
}

function isData(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a merge means, written down once more. */
function mergeData(under: Data, over: Data): Data {
  const merged = plain(Object.entries(under));
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isData(below) && isData(value) ? mergeData(below, value) : value;
  }
  return merged;
}

/** Comparable whatever the prototype, with the order of keys. */
function flat(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(flat);
  if (value instanceof Map) return Array.from(value, ([key, inner]) => [String(key), flat(inner)]);
  if (!isData(value)) return value;
  return Object.entries(value).map(([key, inner]) => [key, flat(inner)]);
}

const byKey = (value: unknown): unknown =>
  Array.isArray(value) && value.every((one) => Array.isArray(one) && one.length === 2)
    ? value.map(([key, inner]) => [key, byKey(inner)]).toSorted(([a], [b]) => (a < b ? -1 : 1))
    : value;

const formats: [file: string, print: (data: Data) => string, read: (text: string) => unknown][] = [
  ['a.json', (data) => JSON.stringify(data), (text) => JSON.parse(text) as unknown],
  [
    'a.yaml',
    (data) => printYaml(data, { aliasDuplicateObjects: false }),
    (text) => parseYaml(text, { mapAsMap: true }) as unknown,
  ],
];

test.each(formats)('merging %s is merging what the texts say', (file, print, read) => {
  fc.assert(
    fc.property(tree, tree, tree, (one, two, three) => {
      const texts = [one, two, three].map(print);
      for (const text of texts) expect(checkText(file, text)).toBeUndefined();
      const merged = mergeTexts(file, texts);
      const wanted = [one, two, three].reduce(mergeData);
      expect(byKey(flat(read(merged)))).toEqual(byKey(flat(wanted)));
      // Steps in between make no difference.
      const inSteps = mergeTexts(file, [mergeTexts(file, texts.slice(0, 2)), texts[2] ?? '']);
      expect(byKey(flat(read(inSteps)))).toEqual(byKey(flat(wanted)));
    }),
    { numRuns: 300 },
  );
});

test('merging TOML is merging what the texts say', () => {
  const entries = fc.uniqueArray(fc.constantFrom('a', 'b', '"c d"', '__proto__'), { minLength: 1 });
  const table = fc.tuple(fc.constantFrom('t', 'u.v'), entries, fc.integer());
  const texts = fc
    .tuple(entries, fc.uniqueArray(table, { selector: ([name]) => name }))
    .map(([names, tables]) => {
      const top = names.map((name) => `${name} = "top"\n`).join('');
      const lines = tables.map(([name, inner, value]) => {
        const pairs = inner.map((key) => `${key} = ${value}\n`).join('');
        return `[${name}]\n${pairs}`;
      });
      return top + lines.join('');
    });
  fc.assert(
    fc.property(texts, texts, (one, two) => {
      expect([checkText('a.toml', one), checkText('a.toml', two)]).toEqual([undefined, undefined]);
      const merged = mergeTexts('a.toml', [one, two]);
      const wanted = mergeData(parseToml(one) as Data, parseToml(two) as Data);
      expect(byKey(flat(parseToml(merged)))).toEqual(byKey(flat(wanted)));
    }),
  );
});

test('the format follows the ending', () => {
  const names = ['a.json', 'A.JSON', 'x/a.yaml', 'a.yml', 'a.toml', 'a.conf', 'json', 'a.xml'];
  expect(names.map((name) => formatOf(name).name)).toEqual([
    'JSON',
    'JSON',
    'YAML',
    'YAML',
    'TOML',
    'TARS',
    'TARS',
    'TARS',
  ]);
});
