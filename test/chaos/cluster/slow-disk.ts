/** Makes every sync of a process slow, as a disk does that is about to die. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';

const DELAY_MICROSECONDS = 300_000;

/** Resolves to what ends it. */
export async function slowDown(pid: number): Promise<() => Promise<void>> {
  const calls = 'fsync,fdatasync';
  const inject = `inject=${calls}:delay_exit=${DELAY_MICROSECONDS}`;
  const args = ['-f', '-q', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', inject];
  const strace = spawn('strace', [...args, '-p', String(pid)], { stdio: 'ignore' });
  const ended = once(strace, 'exit');
  await once(strace, 'spawn');
  return async () => {
    strace.kill('SIGINT');
    await ended;
  };
}
