/** How often an instance may be started: at once at first, then slower, then the long pause of TARS. */

import type { TimeMs } from '../../../registry/model.ts';

/** Kept on disk, so that neither a crash of the agent nor one of the machine resets the back-off. */
export interface Attempts {
  /** What was started; another target begins anew. */
  readonly revision: string;
  /** Starts within the window before the newest one, oldest first. */
  readonly starts: readonly TimeMs[];
  /** Too many starts in the window: only one try per pause. */
  readonly paused: boolean;
}

/** The restart penalty of TARS (tars-contract §4.8). */
export const startsMax = 10;
const WINDOW_MS = 60_000;
export const pauseMs = 600_000;
const FORGIVEN_AFTER_MS = 900_000;

/** Wait after a start before the next one, by the number of starts in the window. */
const DELAYS_MS: readonly number[] = [0, 0, 250, 500, 1000, 2000, 3000, 4000, 6000, 8000];

export function noAttempts(revision: string): Attempts {
  return { revision, starts: [], paused: false };
}

function recent(attempts: Attempts, now: TimeMs): readonly TimeMs[] {
  return attempts.starts.filter((at) => at > now - WINDOW_MS && at <= now);
}

/** The moment from which on a start is allowed; in the past when one is allowed now. */
export function nextStartAt(attempts: Attempts, now: TimeMs): TimeMs {
  const last = attempts.starts.at(-1);
  // A start in the future: the clock was set back while the agent was away. It must not hold us up.
  if (last === undefined || last > now) return now;
  if (attempts.paused) return last + pauseMs;
  return last + (DELAYS_MS[recent(attempts, now).length] ?? DELAYS_MS.at(-1) ?? 0);
}

export function recordStart(attempts: Attempts, now: TimeMs): Attempts {
  const last = attempts.starts.at(-1);
  const forgiven = last === undefined || now - last >= FORGIVEN_AFTER_MS;
  const starts = [...recent(attempts, now), now];
  const paused = starts.length >= startsMax || (attempts.paused && !forgiven);
  return { ...attempts, starts, paused };
}

/** From the third start in a minute on it is a loop, and is called so. */
export function isCrashLoop(attempts: Attempts, now: TimeMs): boolean {
  return attempts.paused || recent(attempts, now).length >= 3;
}
