/** The replica core, leases and the registry under a simulated network, clock and disk. */

import { describe, expect, test } from 'vitest';
import { faultKinds } from '../support/sim/profile.ts';
import { explainFailure, printReport, runSeeds } from '../support/sim/run-seeds.ts';
import { planSeeds } from '../support/sim/seed-plan.ts';
import { simulate } from '../support/sim/simulate.ts';

const plan = planSeeds(process.env, new URL('found-seeds.json', import.meta.url));
/** A thousand seeds or more take their time. */
const TIMEOUT_MS = 60_000 + 200 * plan.seeds.length;
/** Fewer seeds need not meet everything. */
const SEEDS_FOR_COUNTS = 150;

describe('a replicated service in a simulated world', () => {
  test.each(plan.found)('seed $seed, which once found: $found', async ({ seed }) => {
    expect((await simulate(seed)).violation).toBeUndefined();
  });

  test(
    `lives through the faults of ${plan.seeds.length} seeds from ${plan.seeds[0]} on`,
    async () => {
      const report = await runSeeds(plan.seeds);
      printReport(report);
      expect(report.failed && explainFailure(report.failed)).toBeUndefined();
      expect(report.ran).toBe(plan.seeds.length);
      if (report.ran < SEEDS_FOR_COUNTS) return;
      // A world in which nothing goes wrong proves nothing.
      const met = (name: string) => report.counts[name] ?? 0;
      for (const kind of faultKinds) expect(met(`fault: ${kind}`), kind).toBeGreaterThan(30);
      expect(met('entries')).toBeGreaterThan(50 * report.ran);
      expect(met('trimmed')).toBeGreaterThan(met('entries') / 3);
      expect(met('leases granted')).toBeGreaterThan(2 * report.ran);
      expect(met('effects refused')).toBeGreaterThan(report.ran);
      expect(met('registry with 3 members')).toBeGreaterThan(10);
      expect(met('counter with 5 members')).toBeGreaterThan(10);
    },
    TIMEOUT_MS,
  );

  test('does the same again for the same seed, and something else for another one', async () => {
    for (const seed of plan.seeds.slice(0, 6)) {
      const [first, second] = [await simulate(seed), await simulate(seed)];
      expect(second).toEqual(first);
      expect((await simulate(seed + 1)).digest).not.toBe(first.digest);
    }
  });
});
