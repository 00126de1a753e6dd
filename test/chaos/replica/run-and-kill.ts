/** Starts a child process of this folder and kills it at a random instant. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';

/** From the start of the process: kills hit opening, recovery, appends, snapshots and trims. */
const LIFE_MS_MAX = 500;

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
  const kill = () => child.kill('SIGKILL');
  onTestFinished(() => void kill());
  const timer = setTimeout(kill, Math.random() * LIFE_MS_MAX);
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  clearTimeout(timer);
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
