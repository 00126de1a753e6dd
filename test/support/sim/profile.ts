/** What one seed is like: how many members, how fast their clocks, which faults. */

import type { Draw } from './draw.ts';

export const faultKinds = [
  'crash',
  'pause',
  'cut off',
  'lose the leader',
  'slow network',
  'lossy network',
  'stale reads',
  'step the wall clock',
  'fill the disk',
  'damage a snapshot',
] as const;

export type FaultKind = (typeof faultKinds)[number];

export interface Profile {
  readonly members: number;
  readonly clients: number;
  readonly faults: readonly FaultKind[];
  /** The longest pause between two faults. */
  readonly calmMsMax: number;
  /** After this time everything is healed. */
  readonly healMs: number;
  readonly snapshotCommands: number;
  readonly asksForSnapshots: boolean;
  readonly resultsKept: number;
  readonly leaseMs: number;
  readonly thinkMsMax: number;
}

/** A seed with few kinds of faults reaches states that a seed with all of them never calms down to. */
export function drawProfile(draw: Draw): Profile {
  return {
    members: draw.chance(0.75) ? 3 : 5,
    clients: draw.between(2, 4),
    faults: faultKinds.filter(() => draw.chance(0.5)),
    calmMsMax: draw.pick([150, 400, 1_000]),
    healMs: draw.between(1_500, 4_000),
    snapshotCommands: draw.between(15, 50),
    asksForSnapshots: draw.chance(0.4),
    resultsKept: draw.pick([3, 30, 1_000]),
    leaseMs: draw.pick([400, 800, 1_500]),
    thinkMsMax: draw.pick([50, 200, 500]),
  };
}
