/** A child process that talks in lines of JSON: started, listened to, killed by its id. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

export type Line = Readonly<Record<string, unknown>>;

export interface JsonProcess {
  readonly pid: number;
  readonly lines: readonly Line[];
  /** The first line, past or future, that fits; rejects when the process ends without one. */
  next(fits: (line: Line) => boolean): Promise<Line>;
  /** Resolves with the last line when the process has ended. */
  ended(): Promise<Line | undefined>;
  /** SIGKILL, and waits. */
  kill(): Promise<void>;
}

export function startJsonProcess(command: string, args: readonly string[]): JsonProcess {
  const child: ChildProcess = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  let isOver = false;
  const wake = () => {
    for (const look of waiting) look();
  };
  const over = once(child, 'close').then(() => {
    isOver = true;
    wake();
    return undefined;
  });
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(JSON.parse(line));
      wake();
    });
  }
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await over;
  };
  onTestFinished(kill);
  return {
    pid: child.pid ?? 0,
    lines,
    kill,
    next(fits) {
      const { promise, resolve, reject } = Promise.withResolvers<Line>();
      const look = () => {
        const found = lines.find(fits);
        if (found !== undefined) resolve(found);
        else if (isOver) reject(new Error(`ended after ${JSON.stringify(lines.at(-1))}`));
        else return;
        waiting.delete(look);
      };
      waiting.add(look);
      look();
      return promise;
    },
    async ended() {
      await over;
      return lines.at(-1);
    },
  };
}
