/** The quick start as people meet it: until all run, and from a commit to replaced processes. */

import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { RunningFleet } from '../test/support/e2e/running-fleet.ts';
import type { Benchmark, BenchmarkResult } from './benchmark.ts';

const commits = 5;
const startBarMs = 60_000;
const commitBarMs = 2_000;

export const benchmark: Benchmark = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tarsier-bench-'));
  const started = performance.now();
  const fleet = await RunningFleet.start(folder);
  const startMs = performance.now() - started;
  try {
    const ports = fleet.ports('Demo.WebServer');
    const times: number[] = [];
    for (let round = 0; round < commits; round += 1) {
      const [from, to] = round % 2 === 0 ? ['1.0.0', '1.1.0'] : ['1.1.0', '1.0.0'];
      await fleet.edit('services/web.yaml', `"${from}"`, `"${to}"`, `Release web ${to}`);
      const committed = performance.now();
      for (const port of ports) await untilVersion(port, to);
      times.push(performance.now() - committed);
    }
    const median = times.toSorted((a, b) => a - b)[Math.floor(commits / 2)] ?? NaN;
    return [
      row('start until all 5 instances run', startMs, startBarMs),
      row('commit until both instances are replaced', median, commitBarMs),
      row('commit until both instances are replaced, worst', Math.max(...times)),
    ];
  } finally {
    await fleet.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};

function row(name: string, value: number, bar?: number): BenchmarkResult {
  return {
    name,
    value,
    unit: 'ms',
    ...(bar !== undefined && { bar }),
    ok: value <= (bar ?? Infinity),
  };
}

async function untilVersion(port: number, version: string): Promise<void> {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).then(
      (response) => response.text(),
      () => '',
    );
    if (answer.includes(`version ${version}`)) return;
    await delay(5);
  }
}
