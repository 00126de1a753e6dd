/**
 * Durable appends: latency one by one, throughput with 64 in flight, growth. `--engine jetstream`
 * measures the log over real servers, beside the embedded one.
 */

import { parseArgs } from 'node:util';
import type { Benchmark } from './benchmark.ts';
import { measureEmbedded } from './log/embedded.ts';

export const benchmark: Benchmark = async () => {
  const { values } = parseArgs({ options: { engine: { type: 'string' } }, strict: false });
  if (values.engine !== 'jetstream') return measureEmbedded([10_000, 200_000]);
  const { measureJetStream } = await import('./log/jetstream.ts');
  return [...(await measureEmbedded([10_000])), ...(await measureJetStream())];
};
