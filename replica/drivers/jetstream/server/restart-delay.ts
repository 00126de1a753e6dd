/** How long a server that died stays down before it is started again. */

const delayMsMin = 250;
const delayMsMax = 15_000;
/** One that ran this long starts afresh. */
const steadyMs = 60_000;

/** `failures`: deaths in a row, this one included, so at least 1. */
export function restartDelayMs(failures: number): number {
  return Math.min(delayMsMax, delayMsMin * 2 ** Math.min(failures - 1, 16));
}

/** Deaths in a row, counting one after `livedMs`. */
export function countFailure(before: number, livedMs: number): number {
  return livedMs >= steadyMs ? 1 : before + 1;
}
