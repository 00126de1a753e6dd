/** Counting changed lines, against the textbook way of doing it. */

import { fc } from '../../../support/seeded-property.ts';
import { expect, test } from 'vitest';
import { compareLines } from '../../../../spec/difference/line-difference.ts';

/** Length of the longest common subsequence, by the table. */
function commonLines(left: readonly string[], right: readonly string[]): number {
  let row: number[] = Array.from({ length: right.length + 1 }, () => 0);
  for (const line of left) {
    const next = [0];
    for (const [at, other] of right.entries()) {
      const longest =
        line === other ? (row[at] ?? 0) + 1 : Math.max(row[at + 1] ?? 0, next[at] ?? 0);
      next.push(longest);
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 25 });

test('added and removed lines are those outside the longest common subsequence', () => {
  fc.assert(
    fc.property(lines, lines, (left, right) => {
      const common = commonLines(left, right);
      const text = (all: readonly string[]) => all.map((line) => `${line}\n`).join('');
      expect(compareLines(text(left), text(right))).toMatchObject({
        added: right.length - common,
        removed: left.length - common,
      });
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['the same text', 'a\nb\n', 'a\nb\n', { added: 0, removed: 0 }],
  ['a line in the middle', 'a\nb\nc\n', 'a\nx\nc\n', { added: 1, removed: 1, line: 2 }],
  ['a line at the end', 'a\n', 'a\nb\n', { added: 1, removed: 0, line: 2 }],
  ['no end of line', 'a', 'a\n', { added: 0, removed: 0 }],
  ['from nothing', '', 'a\nb\n', { added: 2, removed: 0, line: 1 }],
  ['to nothing', 'a\nb\n', '', { added: 0, removed: 2 }],
])('%s', (_name, from, to, expected) => {
  expect(compareLines(from, to)).toMatchObject(expected);
});

test('two long texts without a common line take no time', () => {
  const text = (mark: string) =>
    Array.from({ length: 20_000 }, (_, at) => `${mark}${at}\n`).join('');
  const started = performance.now();
  expect(compareLines(text('a'), text('b'))).toMatchObject({ added: 20_000, removed: 20_000 });
  expect(performance.now() - started).toBeLessThan(2000);
});
