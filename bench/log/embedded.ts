/** The embedded log: latency, throughput, growth, and opening. */

import { rmSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { openEmbeddedLog } from '../../replica/drivers/embedded/embedded-log.ts';
import type { BenchmarkResult } from '../benchmark.ts';
import { makeDiskFolder } from '../disk-folder.ts';
import { quantile } from '../quantile.ts';
import { appendOne, IN_FLIGHT, medianRateOf, rateOf, timeOneByOne } from './append-rates.ts';

const SEQUENTIAL_APPENDS = 2_000;
const CONCURRENT_APPENDS = 20_000;
const P50_MS_MAX = 0.5;
const PER_SECOND_MIN = 30_000;

export async function measureEmbedded(sizes: readonly number[]): Promise<BenchmarkResult[]> {
  const directory = makeDiskFolder('tarsier-bench-log-');
  const results: BenchmarkResult[] = [];
  let log = await openEmbeddedLog({ directory });
  try {
    for (const entries of sizes) {
      const { sequence } = await log.head();
      if (sequence < entries) await rateOf(entries - sequence, () => appendOne(log));
      const label = `embedded, log of ${entries.toLocaleString('en')} entries`;
      const latenciesMs = await timeOneByOne(SEQUENTIAL_APPENDS, () => appendOne(log));
      const p50 = quantile(latenciesMs, 0.5);
      const rate = await medianRateOf(CONCURRENT_APPENDS, () => appendOne(log));
      results.push(
        {
          name: `one by one, p50, ${label}`,
          value: p50,
          unit: 'ms',
          bar: P50_MS_MAX,
          ok: p50 <= P50_MS_MAX,
        },
        {
          name: `one by one, p99, ${label}`,
          value: quantile(latenciesMs, 0.99),
          unit: 'ms',
          ok: true,
        },
        {
          name: `${IN_FLIGHT} in flight, ${label}`,
          value: Math.round(rate),
          unit: '/s',
          bar: PER_SECOND_MIN,
          ok: rate >= PER_SECOND_MIN,
        },
      );
    }
    await log.trim((await log.head()).sequence - 100_000 + 1);
    const { first, sequence } = await log.head();
    await log.close();
    const start = performance.now();
    log = await openEmbeddedLog({ directory });
    const value = performance.now() - start;
    const kept = (sequence - first + 1).toLocaleString('en');
    results.push({
      name: `embedded, open and verify ${kept} entries`,
      value,
      unit: 'ms',
      ok: true,
    });
  } finally {
    await log.close();
    rmSync(directory, { recursive: true });
  }
  return results;
}
