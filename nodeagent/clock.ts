/** Time for the agent: starts at the clock on the wall, then only grows, so that setting that clock restarts nothing. */

import type { TimeMs } from '../registry/model.ts';

export interface Clock {
  now(): TimeMs;
}

export function steadyClock(): Clock {
  const wallAtStart = Date.now();
  const steadyAtStart = performance.now();
  return { now: () => Math.trunc(wallAtStart + performance.now() - steadyAtStart) };
}
