import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generateErrors } from '../../../docs/generate-errors.ts';
import { errorCodes } from '../../../errors/codes.ts';
import { faultCodes } from '../../../spec/fault-codes.ts';

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

test('docs/errors.md is what the code says: run npm run generate:docs', () => {
  expect(page).toBe(generateErrors());
});

test('every code is a heading of its own, with words in whole sentences', () => {
  const rows = Object.entries({ ...errorCodes, ...faultCodes });
  expect(rows.length).toBe(Object.keys(errorCodes).length + Object.keys(faultCodes).length);
  for (const [code, { meaning, remedy }] of rows) {
    expect(code).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/);
    expect(meaning, code).toMatch(/^\S[\s\S]*\.$/);
    expect(remedy, code).toMatch(/^\S[\s\S]*\.$/);
    expect(page.split(`### ${code}\n`)).toHaveLength(2);
  }
});
