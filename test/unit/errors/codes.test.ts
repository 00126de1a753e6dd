import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorCodes } from '../../../errors/codes.ts';

const folder = new URL('../../../errors/codes/', import.meta.url);

async function codesOf(file: string): Promise<string[]> {
  const tables: Record<string, object> = await import(new URL(file, folder).href);
  return Object.values(tables).flatMap((table) => Object.keys(table));
}

test('every table of errors/codes/ is merged, and no code is in two of them', async () => {
  const inTables = (await Promise.all(readdirSync(folder).map(codesOf))).flat();

  expect(inTables.length).toBeGreaterThan(100);
  expect(inTables.toSorted()).toEqual(Object.keys(errorCodes).toSorted());
});
