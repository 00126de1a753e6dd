import { expect, test } from 'vitest';
import * as kinds from '../../../controller/api/resource-kinds.ts';
import { readPage } from '../../support/docs/markdown.ts';

test('docs/api.md names the filters of every list', () => {
  const rows = new Map(
    readPage('docs/api.md')
      .split('\n')
      .flatMap((line) => {
        const [, list = '', filters = ''] = /^\| `(\w+)` \| (`[^|]+`) \|$/.exec(line) ?? [];
        return list === '' ? [] : [[list, filters.replaceAll('`', '').split(', ')] as const];
      }),
  );
  const lists = Object.values(kinds).filter((kind) => typeof kind === 'object');
  expect(lists.length).toBeGreaterThan(5);
  for (const { plural, filters } of lists) {
    expect(rows.get(plural)?.toSorted(), plural).toEqual(Object.keys(filters).toSorted());
  }
});
