/** How long to wait before the next attempt: spread out, so that a fleet does not come back as one. */

export interface BackoffRange {
  readonly minMs: number;
  readonly maxMs: number;
}

/**
 * Full jitter: anything between 0 and a ceiling that doubles from `minMs` to `maxMs`.
 * `attempt` counts from 0; `random` gives [0, 1).
 */
export function fullJitterMs(attempt: number, range: BackoffRange, random: () => number): number {
  return Math.round(random() * ceilingMs(attempt, range));
}

/** At least half of the ceiling: for a peer that said no, and is not to be asked again at once. */
export function equalJitterMs(attempt: number, range: BackoffRange, random: () => number): number {
  return Math.round(((1 + random()) / 2) * ceilingMs(attempt, range));
}

function ceilingMs(attempt: number, { minMs, maxMs }: BackoffRange): number {
  return Math.min(maxMs, minMs * 2 ** Math.min(attempt, 30));
}
