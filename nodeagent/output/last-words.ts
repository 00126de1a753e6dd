/** The end of a run's output, short enough for a status message. */

import { statSync } from 'node:fs';
import { readRange } from './instance-output.ts';
import { readLayout } from './layout.ts';

const READ_BYTES = 4096;
const LINES = 3;
const CHARACTERS_MAX = 400;

/** Where in a program an error came from, and what Node adds: the error itself stands above. */
const besideThePoint = /^(?:at\s|Node\.js v\d|\(Use `node --trace)/;

/** Empty when the run said nothing since `position`. */
export function readLastWords(folder: string, position: number): string {
  const lines = readEnd(folder, position, READ_BYTES);
  const words = lines.filter((line) => !besideThePoint.test(line));
  return (words.length > 0 ? words : lines).slice(-LINES).join(' | ').slice(-CHARACTERS_MAX);
}

/** At most so many lines of what the run said since `position`, oldest first. */
export function readLastLines(
  folder: string,
  position: number,
  linesMax: number,
): readonly string[] {
  return readEnd(folder, position, linesMax * READ_BYTES).slice(-linesMax);
}

function readEnd(folder: string, position: number, bytesMax: number): readonly string[] {
  const live = readLayout(folder).live.at(-1);
  if (live === undefined) return [];
  try {
    const end = live.start + statSync(live.path).size;
    const from = Math.max(position, live.start, end - bytesMax);
    const text = readRange(live.path, from - live.start, Math.max(0, end - from)).toString('utf8');
    const lines = text.split('\n').map((line) => line.trim());
    return lines.filter((line) => line !== '' && !line.startsWith('\0'));
  } catch {
    return [];
  }
}
