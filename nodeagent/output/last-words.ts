/** The end of a run's output, short enough for a status message. */

import { statSync } from 'node:fs';
import { readRange } from './instance-output.ts';
import { readLayout } from './layout.ts';

const READ_BYTES = 4096;
const LINES = 3;
const CHARACTERS_MAX = 400;

/** Empty when the run said nothing since `position`. */
export function readLastWords(folder: string, position: number): string {
  const live = readLayout(folder).live.at(-1);
  if (live === undefined) return '';
  try {
    const end = live.start + statSync(live.path).size;
    const from = Math.max(position, live.start, end - READ_BYTES);
    const text = readRange(live.path, from - live.start, Math.max(0, end - from)).toString('utf8');
    const lines = text.split('\n').map((line) => line.trim());
    const said = lines.filter((line) => line !== '' && !line.startsWith('\0')).slice(-LINES);
    return said.join(' | ').slice(-CHARACTERS_MAX);
  } catch {
    return '';
  }
}
