import { fc } from '../../../support/seeded-property.ts';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { DoubtfulNumber, readPlainScalar } from '../../../../spec/read/plain-scalar.ts';

const odd = [
  '',
  '~',
  'null',
  'Null',
  'NULL',
  'nul',
  'true',
  'True',
  'TRUE',
  'tRUE',
  'false',
  'yes',
  'no',
  'on',
  'off',
  '0',
  '-0',
  '+0',
  '1',
  '-1',
  '+1',
  '1.',
  '.5',
  '-.5',
  '1.5',
  '1.10',
  '1e3',
  '1E-3',
  '1e400',
  '-1e400',
  '0x1F',
  '0X1F',
  '0xg',
  '0o17',
  '0o8',
  '-0x1',
  '1_000',
  '1,000',
  '12:30',
  '2024-01-01',
  '1.4.2',
  '.',
  '+',
  '..',
  '.e5',
  'e5',
  '1e',
  '1e+',
  '9007199254740991',
  '-9007199254740991',
  'NaN',
  'Infinity',
  '１',
];

test.each(odd)('%j is read as js-yaml reads it', (text) => {
  expect(readPlainScalar(text)).toEqual(text === '-0' ? 0 : load(`x: ${text}`, {})?.['x' as never]);
});

test('whatever looks like a word or number is read as js-yaml reads it, or refused', () => {
  const letters = fc.constantFrom(...'0123456789.eE+-xXoOabfnulTtruFalse~_:');
  const texts = fc.string({ unit: letters, minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(texts, (text) => {
      let expected: unknown;
      try {
        expected = (load(`x: ${text}`) as { x: unknown }).x;
      } catch {
        return;
      }
      if (typeof expected === 'object' && expected !== null) return;
      // A colon or dash may have made it something else than one plain scalar.
      if (/:$|^[-?] ?$|^-+$/.test(text)) return;
      const found = readPlainScalar(text);
      if (found instanceof DoubtfulNumber) expect(typeof expected).toBe('number');
      else expect(found).toEqual(expected === 0 ? 0 : expected);
    }),
    { numRuns: 5_000 },
  );
});

test.each([
  ['0755', 'write "0755" if text is meant, or 755 if a number is meant'],
  ['-01', 'write "-01" if text is meant, or -1 if a number is meant'],
  ['01.5', 'write "01.5" if text is meant, or 1.5 if a number is meant'],
  ['9007199254740993', 'write "9007199254740993" if text is meant'],
  ['.inf', 'write ".inf" if text is meant'],
  ['-.INF', 'write "-.INF" if text is meant'],
  ['.NaN', 'write ".NaN" if text is meant'],
])('%s is refused', (text, hint) => {
  const found = readPlainScalar(text);
  expect(found).toBeInstanceOf(DoubtfulNumber);
  expect((found as DoubtfulNumber).hint).toBe(hint);
});
