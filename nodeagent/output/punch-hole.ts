/** Gives the head of a file back to the disk while somebody goes on writing at its end. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Resolves to false where the file system or the machine cannot do it. Offsets do not move. */
export async function punchHole(path: string, lengthBytes: number): Promise<boolean> {
  const range = ['--offset', '0', '--length', String(lengthBytes)];
  try {
    await run('fallocate', ['--punch-hole', ...range, '--', path]);
    return true;
  } catch {
    return false;
  }
}
