/** Which seeds a run of the simulation takes. */

import { readFileSync } from 'node:fs';

/** So many in every run of the suite. */
const SEEDS = 200;
const FIRST_SEED = 1;

/** Seeds that once found something: replayed first, for ever. */
export interface FoundSeed {
  readonly seed: number;
  readonly found: string;
}

export interface SeedPlan {
  readonly found: readonly FoundSeed[];
  readonly seeds: readonly number[];
}

/**
 * `SIM_SEED=7` replays one seed. `SIM_SEEDS=5000` takes so many, from `SIM_FROM` on (1 by default,
 * `random` for seeds that nobody took before).
 */
export function planSeeds(environment: NodeJS.ProcessEnv, foundSeedsFile: URL): SeedPlan {
  const one = environment['SIM_SEED'];
  if (one !== undefined) return { found: [], seeds: [Number(one)] };
  const found = JSON.parse(readFileSync(foundSeedsFile, 'utf8')) as FoundSeed[];
  const wantedFrom = environment['SIM_FROM'] ?? String(FIRST_SEED);
  const from = wantedFrom === 'random' ? Math.trunc(Math.random() * 2 ** 31) : Number(wantedFrom);
  const count = Number(environment['SIM_SEEDS'] ?? SEEDS);
  return { found, seeds: Array.from({ length: count }, (_, index) => from + index) };
}
