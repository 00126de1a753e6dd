/** `tarsctl` begins on the Node that the machine has, and goes on with the one that came along. */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';

const bin = join(import.meta.dirname, '..', '..', 'bin', 'tarsctl.js');

function majorOf(node: string): number {
  return Number(/^v(\d+)/.exec(execFileSync(node, ['--version'], { encoding: 'utf8' }))?.[1]);
}

/** npm puts the Node that came along first: the machine's own is behind it. */
const older = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'node'))
  .find((node) => !node.includes('node_modules') && existsSync(node) && majorOf(node) < 24);

const name = 'tarsctl starts on an older Node';
test.skipIf(older === undefined)(
  older === undefined ? `${name} (skipped: no older Node)` : name,
  () => {
    const answer = execFileSync(older ?? '', [bin, '--version'], { encoding: 'utf8' });
    expect(answer).toMatch(/^\d+\.\d+\.\d+\n$/);
  },
);
