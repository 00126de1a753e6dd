/** Runs `tarsctl` as a person would, and gives what it printed and its exit status. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';

const bin = join(import.meta.dirname, '..', '..', '..', 'bin', 'tarsctl.js');

export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export function tarsctl(
  args: readonly string[],
  options: {
    readonly server?: string;
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<Answer> {
  const env = { ...process.env, ...options.env, NO_COLOR: '1', TARSIER_SERVER: options.server };
  return new Promise((resolve) => {
    const { cwd } = options;
    execFile(process.execPath, [bin, ...args], { env, cwd }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ stdout, stderr, exitCode });
    });
  });
}
