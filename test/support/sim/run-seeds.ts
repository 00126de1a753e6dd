/** Runs many seeds, stops at the first that finds something, and says what the runs were like. */

import { simulate, type Outcome } from './simulate.ts';

export interface SeedsReport {
  readonly ran: number;
  /** The first outcome with a violation. */
  readonly failed: Outcome | undefined;
  /** Summed over all seeds. */
  readonly counts: Readonly<Record<string, number>>;
  readonly seedsPerSecond: number;
}

export async function runSeeds(seeds: Iterable<number>): Promise<SeedsReport> {
  const startedMs = performance.now();
  const counts: Record<string, number> = {};
  let ran = 0;
  let failed: Outcome | undefined;
  for (const seed of seeds) {
    const outcome = await simulate(seed);
    ran += 1;
    for (const [name, count] of Object.entries(outcome.counts)) {
      counts[name] = (counts[name] ?? 0) + count;
    }
    if (outcome.violation !== undefined) {
      failed = outcome;
      break;
    }
  }
  const seedsPerSecond = (ran * 1_000) / (performance.now() - startedMs);
  return { ran, failed, counts, seedsPerSecond };
}

/** What to print so that anybody can see it again. */
export function explainFailure({ seed, violation }: Outcome): string {
  return `seed ${seed}: ${violation}. Replay it with SIM_SEED=${seed} npm test -- test/sim, and add it to test/sim/found-seeds.json once it is understood.`;
}

export function printReport({ ran, counts, seedsPerSecond }: SeedsReport): void {
  const lines = Object.entries(counts)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, count]) => `  ${name.padEnd(32)} ${count.toLocaleString('en')}`);
  console.log(`${ran} seeds, ${seedsPerSecond.toFixed(0)} a second\n${lines.join('\n')}`);
}
