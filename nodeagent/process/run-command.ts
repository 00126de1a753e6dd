/** Runs a short command line (stop, monitor script, hook) with a time-out, and keeps the end of what it says. */

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { readProcessStat, signalProcess } from './identity.ts';
import { killTree } from './tree.ts';

export interface CommandOptions {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly timeoutMs: number;
  /** Where its output goes, beside the tail that is returned; a file, so that it outlives the agent. */
  readonly output?: number;
  /** `NAME=value` that only this command and what it leaves behind carry; all of it is killed on time-out. */
  readonly marker: string;
}

export interface CommandResult {
  /** `undefined` after a time-out. */
  readonly code: number | undefined;
  /** Last words, for the status. */
  readonly tail: string;
}

const TAIL_CHARACTERS = 500;

/** Never throws: a command that cannot be started has code 127. */
export async function runCommand(command: string, options: CommandOptions): Promise<CommandResult> {
  const [name = '', value = ''] = options.marker.split('=');
  const child = spawn('/bin/sh', ['-c', command], {
    cwd: options.folder,
    env: { ...options.env, [name]: value },
    detached: true,
    stdio: ['ignore', options.output ?? 'pipe', options.output ?? 'pipe'],
    ...(options.user === undefined ? {} : { uid: options.user.uid, gid: options.user.gid }),
  });
  let tail = '';
  const keep = (chunk: Buffer): void => {
    tail = (tail + chunk.toString('utf8')).slice(-TAIL_CHARACTERS);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const identity = child.pid === undefined ? undefined : readProcessStat(child.pid);

  const { promise, resolve } = Promise.withResolvers<CommandResult>();
  let isTimedOut = false;
  const timer = setTimeout(() => {
    isTimedOut = true;
    if (identity !== undefined) signalProcess(identity, 'SIGKILL');
    void killTree({ marker: options.marker, shim: undefined }).then(() =>
      resolve({ code: undefined, tail: tail.trim() }),
    );
  }, options.timeoutMs);
  child.on('error', (error) => resolve({ code: 127, tail: error.message }));
  child.on('exit', (code, signal) => {
    // Our own kill: the time-out answers, once all of the tree is gone.
    if (isTimedOut) return;
    // What it left in the background may hold the pipe open for ever: what was said by now counts.
    setImmediate(() => {
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve({
        code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]),
        tail: tail.trim(),
      });
    });
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
