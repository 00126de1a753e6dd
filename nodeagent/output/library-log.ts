/** The end of what a TARS library logs itself, beside the output of its process. */

import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

const READ_BYTES = 64 * 1024;

/** Of its newest file below `folder` that is called `*.log`, oldest first; none when there is none. */
export function readLibraryLog(folder: string, linesMax: number): readonly string[] {
  try {
    const [newest] = readdirSync(folder, { recursive: true, withFileTypes: true })
      // The service may put anything there; a link could lead to what is not its own.
      .filter((entry) => entry.isFile() && entry.name.endsWith('.log'))
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted((left, right) => statSync(right).mtimeMs - statSync(left).mtimeMs);
    return newest === undefined ? [] : [`${newest}:`, ...lastLines(newest, linesMax)];
  } catch {
    return [];
  }
}

function lastLines(path: string, linesMax: number): readonly string[] {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, READ_BYTES));
    const read = readSync(file, bytes, 0, bytes.length, size - bytes.length);
    const lines = bytes.toString('utf8', 0, read).split('\n');
    return lines.filter((line) => line.trim() !== '').slice(-linesMax);
  } finally {
    closeSync(file);
  }
}
