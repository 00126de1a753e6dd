/** Starts a child process of this folder and kills it at a random instant. */

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** Counted from the first acknowledgement: kills hit appends, checkpoints, snapshots and trims. */
const WORKING_MS_MAX = 120;
/** Every so often the kill comes while the process starts: it hits opening and recovery. */
const STARTING_KILLS_PART = 0.25;
const START_MS_MAX = 20_000;
const TIME_MS_MAX = 30_000;

/** Children are quick to start: they share a cache of compiled code, which one that is killed cannot fill. */
const environment = {
  ...process.env,
  NODE_COMPILE_CACHE: join(tmpdir(), 'tarsier-test-compile-cache'),
};
const library = new URL('../../../replica/main.ts', import.meta.url).href;
let lastStartMs = 200;

/** Kills up to `kills` times, and stops early on a machine that has other things to do. */
export async function killRepeatedly(
  kills: number,
  killOnce: (run: string) => Promise<void>,
): Promise<number> {
  const directory = temporaryFolder();
  const fillCache = `
    const { openEmbeddedLog } = await import(${JSON.stringify(library)});
    await (await openEmbeddedLog({ directory: ${JSON.stringify(directory)} })).close();`;
  execFileSync(process.execPath, ['--input-type=module', '-e', fillCache], { env: environment });
  const start = performance.now();
  for (let done = 1; done <= kills; done += 1) {
    await killOnce(`run${done}`);
    if (performance.now() - start > TIME_MS_MAX) return done;
  }
  return kills;
}

/** The lines that the child wrote: what was acknowledged to it. */
export async function runAndKill(
  script: string,
  directory: string,
  run: string,
): Promise<string[]> {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const output = join(directory, `acknowledged-${run}`);
  const fd = openSync(output, 'w');
  const child = spawn(process.execPath, [file, directory, run], {
    stdio: ['ignore', fd, 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  if (Math.random() < STARTING_KILLS_PART) {
    await delay(Math.random() * lastStartMs);
  } else {
    const start = performance.now();
    while (statSync(output).size === 0 && child.exitCode === null) {
      if (performance.now() - start > START_MS_MAX) throw new Error(`${script} does not start`);
      await delay(3);
    }
    lastStartMs = performance.now() - start;
    await delay(Math.random() * WORKING_MS_MAX);
  }
  child.kill('SIGKILL');
  const [code, signal] = await exited;
  closeSync(fd);
  expect({ code, signal }).toEqual({ code: null, signal: 'SIGKILL' });
  // A line is cut where the kill hit the write of it: that one was not heard.
  return readFileSync(output, 'utf8').split('\n').slice(0, -1);
}

export function countOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
