/** Resolving a repository of 10,000 objects: from nothing, and after a change of one file. */

import { resolveRepository } from '../spec/resolve/resolve-repository.ts';
import type { Resolved } from '../spec/resolve/resolved.ts';
import { applyHolds } from '../spec/holds/apply-holds.ts';
import { planChange } from '../spec/difference/plan-change.ts';
import { largeRepository } from '../test/support/spec/large-repository.ts';
import { inputOf, loadContents, sha256 } from '../test/support/spec/repository-of.ts';
import type { BenchmarkResult } from './benchmark.ts';

const runs = 60;
const coldRuns = 5;
const coldBarMs = 1500;
const changeBarMs = 15;
const service = 'apps/app1/App1.Server1.yaml';

/** A change of one file, and what to look for in it. */
const changes: readonly (readonly [name: string, path: string, from: RegExp, to: string])[] = [
  ['version of a service', service, /1\.0\.1/, '1.0.2'],
  ['port of a service', service, /port: \d+/, 'port: 61000'],
  ['configuration file', 'apps/app1/App1.Server1.conf.yaml', /fast/, 'slow'],
  ['label of a node', 'nodes/n3.yaml', /ssd/, 'hdd'],
  ['a broken service', service, /type:/, 'typo:'],
];

export async function benchmark(): Promise<readonly BenchmarkResult[]> {
  const results: BenchmarkResult[] = [];
  for (const count of [100, 1000, 10_000]) {
    const contents = largeRepository(count);
    const files = loadContents(contents);
    const input = inputOf(contents, files);
    const isLargest = count === 10_000;
    const cold = median(coldRuns, () => timed(() => resolveRepository(input)));
    results.push(row(`${count} objects, cold`, cold, isLargest ? coldBarMs : undefined));
    const base = resolveRepository(input);
    for (const [name, path, from, to] of changes) {
      const changed = { ...contents, [path]: (contents[path] ?? '').replace(from, to) };
      const states = [loadContents(changed, files), files];
      let previous: Resolved = base;
      let turn = 0;
      const elapsed = median(runs, () => {
        const next = inputOf(contents, states[turn % 2]);
        turn += 1;
        return timed(() => {
          previous = resolveRepository({ ...next, previous });
        });
      });
      results.push(row(`${count} objects, ${name}`, elapsed, isLargest ? changeBarMs : undefined));
    }
    results.push(row(`${count} objects, holds and plan`, timeOutcome(base, contents), undefined));
  }
  return results;
}

/** What follows resolving, with one broken object. */
function timeOutcome(base: Resolved, contents: Readonly<Record<string, string>>): number {
  const broken = { ...contents, [service]: (contents[service] ?? '').replace(/type:/, 'typo:') };
  const resolved = resolveRepository({ ...inputOf(broken), previous: base });
  return median(runs, () =>
    timed(() => planChange(base.desired, applyHolds(base.desired, resolved).desired, sha256)),
  );
}

function row(name: string, value: number, bar: number | undefined): BenchmarkResult {
  return {
    name,
    value,
    unit: 'ms',
    ...(bar !== undefined && { bar }),
    ok: bar === undefined || value <= bar,
  };
}

function timed(action: () => unknown): number {
  const started = performance.now();
  action();
  return performance.now() - started;
}

function median(count: number, measure: () => number): number {
  const values = Array.from({ length: count }, measure).toSorted((left, right) => left - right);
  return values[Math.floor(count / 2)] ?? 0;
}
