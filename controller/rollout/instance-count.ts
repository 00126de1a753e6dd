/** Reads a count that a spec gives as a number or as a percentage. */

/** `3`, or `'25%'` of `total` rounded down; at least 1, so that a rollout can always move. */
export function instanceCount(value: number | string, total: number): number {
  const share = typeof value === 'number' ? value : (total * Number.parseInt(value, 10)) / 100;
  return Math.max(1, Math.floor(share));
}
