/** Which releases are deleted: never one in use, never the last way back, and enough. */

import { fc } from '../../support/seeded-property.ts';
import { expect, test } from 'vitest';
import { planRetention, type StoredRelease } from '../../../nodeagent/release/plan-retention.ts';

const release = (
  service: string,
  usedAt: number,
  more: Partial<StoredRelease> = {},
): StoredRelease => ({
  service,
  path: `${service}/${usedAt}`,
  sizeBytes: 10,
  usedAt,
  inUse: false,
  ...more,
});

test.each<
  [name: string, releases: readonly StoredRelease[], budget: number, deleted: readonly string[]]
>([
  ['nothing', [], 0, []],
  ['few enough', [release('a', 1), release('a', 2)], 100, []],
  ['the oldest beyond two', [release('a', 3), release('a', 1), release('a', 2)], 100, ['a/1']],
  ['each service by itself', [release('a', 1), release('a', 2), release('b', 3)], 100, []],
  [
    'in use does not count',
    [release('a', 1, { inUse: true }), release('a', 2), release('a', 3)],
    100,
    [],
  ],
  [
    'the budget takes the oldest of all',
    [release('a', 2), release('a', 4), release('b', 1), release('b', 3)],
    30,
    ['b/1'],
  ],
  [
    'the budget leaves one way back',
    [release('a', 1), release('a', 2), release('b', 3)],
    0,
    ['a/1'],
  ],
])('%s', (_name, releases, diskBudgetBytes, deleted) => {
  expect(planRetention(releases, { oldReleasesMax: 2, diskBudgetBytes })).toEqual(deleted);
});

const releases = fc.uniqueArray(
  fc.record({
    service: fc.constantFrom('a', 'b', 'c'),
    usedAt: fc.nat(50),
    sizeBytes: fc.nat(100),
    inUse: fc.boolean(),
  }),
  { maxLength: 30, selector: ({ service, usedAt }) => `${service}/${usedAt}` },
);

test('for any set: in use stays, one old one per service stays, limits hold, a second plan is empty', () => {
  fc.assert(
    fc.property(
      releases,
      fc.integer({ min: 1, max: 4 }),
      fc.nat(500),
      (rows, oldReleasesMax, diskBudgetBytes) => {
        const stored = rows.map((row) => ({ ...row, path: `${row.service}/${row.usedAt}` }));
        const deleted = new Set(planRetention(stored, { oldReleasesMax, diskBudgetBytes }));
        const left = stored.filter(({ path }) => !deleted.has(path));
        expect(stored.filter(({ inUse, path }) => inUse && deleted.has(path))).toEqual([]);
        for (const service of ['a', 'b', 'c']) {
          const isOld = (row: StoredRelease) => row.service === service && !row.inUse;
          const before = stored.filter(isOld).map(({ usedAt }) => usedAt);
          const after = left.filter(isOld).map(({ usedAt }) => usedAt);
          expect(after.length).toBeLessThanOrEqual(oldReleasesMax);
          if (before.length > 0) expect(Math.max(...after)).toBe(Math.max(...before));
          // What goes is older than what stays.
          const gone = before.filter((usedAt) => !after.includes(usedAt));
          if (gone.length > 0) expect(Math.max(...gone)).toBeLessThan(Math.min(...after));
        }
        const bytes = left.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
        const spare = left.filter(({ inUse }) => !inUse).length;
        const services = new Set(left.filter(({ inUse }) => !inUse).map(({ service }) => service))
          .size;
        expect(bytes <= diskBudgetBytes || spare === services).toBe(true);
        expect(planRetention(left, { oldReleasesMax, diskBudgetBytes })).toEqual([]);
      },
    ),
  );
});
