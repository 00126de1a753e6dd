/** From a commit to the registry: one file changed, cold start, restart, memory, and how they grow. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Benchmark, BenchmarkResult } from './benchmark.ts';
import { generateRepository, type Fleet } from './reconcile/generate-repository.ts';
import type { PipelineFigures } from './reconcile/measure-pipeline.ts';

const SIZES = [100, 1_000, 10_000];
/** The bars are for the largest size. */
const BAR_SIZE = 10_000;
const CHANGES = 31;
const CHANGE_MS_MAX = 50;
const START_MS_MAX = 5_000;
const RSS_MB_MAX = 500;

const measureScript = fileURLToPath(new URL('reconcile/measure-pipeline.ts', import.meta.url));

/** A process of its own, so that memory and start are those of a controller. */
function runPipeline(folder: string, fleet: Fleet, changes: number): PipelineFigures {
  const args = [join(folder, 'repository'), join(folder, 'data'), JSON.stringify(fleet)];
  const output = execFileSync(process.execPath, [measureScript, ...args, String(changes)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(output) as PipelineFigures;
}

function median(values: readonly number[]): number {
  return (
    values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN
  );
}

function row(name: string, value: number, unit: string, bar?: number): BenchmarkResult {
  if (bar === undefined) return { name, value, unit, ok: true };
  return { name, value, unit, bar, ok: value <= bar };
}

function measureSize(objects: number): BenchmarkResult[] {
  const folder = mkdtempSync(join(tmpdir(), 'tarsier-bench-'));
  try {
    const fleet = generateRepository(join(folder, 'repository'), objects);
    const cold = runPipeline(folder, fleet, 0);
    const warm = runPipeline(folder, fleet, CHANGES);
    if (cold.held + warm.held > 0) throw new Error('the generated repository has faults');
    const of = (what: string) => `${String(cold.objects).padStart(6)} objects: ${what}`;
    const bar = (max: number) => (objects === BAR_SIZE ? max : undefined);
    return [
      row(of('one file changed, without Git'), median(warm.changeMs), 'ms', bar(CHANGE_MS_MAX)),
      row(of('one file changed, commit to registry'), median(warm.commitMs), 'ms'),
      row(of('cold start'), cold.startMs, 'ms', bar(START_MS_MAX)),
      row(of('restart with parsed files kept'), warm.startMs, 'ms', bar(START_MS_MAX)),
      row(of('peak memory of a cold start'), cold.peakRssMb, 'MB', bar(RSS_MB_MAX)),
      row(of('peak memory after a restart'), warm.peakRssMb, 'MB', bar(RSS_MB_MAX)),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const benchmark: Benchmark = () => Promise.resolve(SIZES.flatMap(measureSize));
