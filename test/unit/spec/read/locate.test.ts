import { expect, test } from 'vitest';
import { Locator } from '../../../../spec/read/locate.ts';

const text = `# comment
a: "quoted"
b:
  - one
  - name: 'two'
    deep: { x: 1, y: [p, q] }
c: |
  block
d:
e/f~g: plain more
  folded
empty: {}
---
second: document
---
[1, {z: 2}]
`;
const locator = new Locator(text);

test.each([
  ['/a', 'value', '"quoted"'],
  ['/a', 'key', 'a'],
  ['/b', 'value', 'b'],
  ['/b/0', 'value', 'one'],
  ['/b/1', 'value', 'name'],
  ['/b/1', 'key', 'name'],
  ['/b/1/name', 'value', "'two'"],
  ['/b/1/deep/x', 'value', '1'],
  ['/b/1/deep/y/1', 'value', 'q'],
  ['/b/1/deep', 'value', 'deep'],
  ['/c', 'value', 'c'],
  ['/d', 'value', 'd'],
  ['/e~1f~0g', 'key', 'e/f~g'],
  ['/e~1f~0g', 'value', 'plain more\n  folded'],
  ['', 'value', 'a'],
  ['/nowhere', 'value', 'a'],
  ['/b/1/nowhere/deeper', 'value', 'name'],
  ['/b/9', 'value', 'b'],
  ['/a/below/a/string', 'value', 'a'],
  ['/empty', 'value', 'empty'],
] as const)('%s, %s → %j', (pointer, at, expected) => {
  const range = locator.locate({ pointer, at });
  expect(text.slice(range?.start, range?.end)).toBe(expected);
});

test.each([
  [1, '/second', 'document'],
  [2, '', '['],
  [2, '/1/z', '2'],
] as const)('in document %i, %s → %j', (documentIndex, pointer, expected) => {
  const range = locator.locate({ documentIndex, pointer });
  expect(text.slice(range?.start, range?.end)).toBe(expected);
});

test('a document that is not there is nowhere', () => {
  expect(locator.locate({ documentIndex: 3, pointer: '' })).toBeUndefined();
});

test('documents keep their numbers when one of them does not parse', () => {
  const broken = 'a: 1\n---\nb: [\n---\nc: 3\n';
  const places = new Locator(broken);
  const found = (documentIndex: number, pointer: string) => {
    const range = places.locate({ documentIndex, pointer });
    return broken.slice(range?.start, range?.end);
  };
  expect(found(0, '/a')).toBe('1');
  expect(found(1, '/b')).toBe('-');
  expect(found(2, '/c')).toBe('3');
});
