/** Names for what is not whole yet, and the removal of what a process that ended left under them. */

import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const leftoverPattern = /\.(?<pid>\d{1,10})\.partial$/;

/** Beside `target`, hidden, and named by this process: renamed once it is whole. */
export function partialOf(target: string): string {
  return join(dirname(target), `.${basename(target)}.${process.pid}.partial`);
}

/** Removes what earlier attempts at `target` left, unless their process is still there. */
export async function removeLeftovers(target: string): Promise<void> {
  const folder = dirname(target);
  const prefix = `.${basename(target)}.`;
  for (const name of await readdir(folder)) {
    const pid = Number(leftoverPattern.exec(name)?.groups?.['pid'] ?? Number.NaN);
    const isOurs = name === `${prefix}${pid}.partial`;
    if (isOurs && (pid === process.pid || !isRunning(pid))) {
      await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
