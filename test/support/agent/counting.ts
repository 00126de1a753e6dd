/** Reads what counting services proved about themselves. */

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { OutputReader } from '../../../nodeagent/output/output-reader.ts';

const script = fileURLToPath(new URL('counting-service.cjs', import.meta.url));

/** The start command of a service that counts aloud. */
export function countingStart(name: string, linesPerTick = 1, tickMs = 10): string {
  return `exec ${process.execPath} ${script} ${name} ${linesPerTick} ${tickMs}`;
}

export interface Notes {
  /** Pids, one per start. */
  readonly starts: readonly number[];
  /** Starts that found another one alive. */
  readonly doubles: number;
}

export function readNotes(path: string): Notes {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  return {
    starts: lines
      .filter((line) => line.startsWith('start '))
      .map((line) => Number(line.split(' ')[1])),
    doubles: lines.filter((line) => line.startsWith('double ')).length,
  };
}

export interface Counted {
  readonly lines: number;
  /** Numbers that are missing or come twice. */
  readonly faults: readonly string[];
}

/** Reads all output from the beginning, through archives and the live file, and checks the count of each pid. */
export function checkCount(logFolder: string): Counted {
  const last = new Map<string, number>();
  const faults: string[] = [];
  let lines = 0;
  const reader = new OutputReader(logFolder);
  for (let position = 0; ;) {
    const chunk = reader.linesFrom(position);
    for (const { text } of chunk.lines) {
      const match = /^\S+ (\d+) line (\d+)$/.exec(text);
      if (match === null) {
        faults.push(`not a line: ${JSON.stringify(text.slice(0, 80))}`);
        continue;
      }
      const [, pid = '', number = ''] = match;
      const expected = (last.get(pid) ?? 0) + 1;
      if (Number(number) !== expected) faults.push(`pid ${pid}: ${number} instead of ${expected}`);
      last.set(pid, Number(number));
      lines += 1;
    }
    if (chunk.atEnd) return { lines, faults };
    position = chunk.position;
  }
}
