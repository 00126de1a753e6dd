/** Appends to any log, one by one and many at a time. */

import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Log } from '../../replica/core/log.ts';
import { quantile } from '../quantile.ts';

export const PAYLOAD = new Uint8Array(200).fill(7);
export const IN_FLIGHT = 64;
const RUNS = 5;

/** Milliseconds of each call. */
export async function timeOneByOne(
  count: number,
  call: (index: number) => Promise<unknown>,
): Promise<number[]> {
  const latenciesMs: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const start = performance.now();
    await call(index);
    latenciesMs.push(performance.now() - start);
  }
  return latenciesMs;
}

/** Calls per second with `IN_FLIGHT` at a time. */
export async function rateOf(count: number, call: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await call();
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return count / ((performance.now() - start) / 1_000);
}

/** The median of several runs. */
export async function medianRateOf(count: number, call: () => Promise<unknown>): Promise<number> {
  const rates: number[] = [];
  for (let run = 0; run < RUNS; run += 1) rates.push(await rateOf(count, call));
  return quantile(rates, 0.5);
}

export function appendOne(log: Log): Promise<unknown> {
  return log.append({ commandId: randomUUID(), payload: PAYLOAD });
}
