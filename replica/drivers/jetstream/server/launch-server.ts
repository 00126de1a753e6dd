/** Starts a server as a process that outlives this one, or takes over one that did. */

import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { TarsierError } from '../../../../errors/tarsier-error.ts';
import { isRunning, readServerProcess, type ServerProcess } from './process-table.ts';

export interface ServerHandle {
  readonly process: ServerProcess;
  readonly adopted: boolean;
  /** What the process ended with, in words; never rejects. */
  readonly ended: Promise<string>;
}

export interface Launch {
  readonly binary: string;
  readonly configFile: string;
  readonly storeDir: string;
  /** What it prints beside its log: faults of its configuration, and the stacks of a crash. */
  readonly lastWordsFile: string;
}

/** `ENGINE_START_FAILED` when the program cannot be run at all. */
export async function launchServer(launch: Launch): Promise<ServerHandle> {
  mkdirSync(launch.storeDir, { recursive: true, mode: 0o700 });
  const output = openSync(launch.lastWordsFile, 'w', 0o600);
  // A session of its own: a Ctrl-C in the terminal of the controller is not meant for the engine.
  const child = spawn(launch.binary, ['--config', launch.configFile], {
    detached: true,
    stdio: ['ignore', output, output],
    cwd: launch.storeDir,
    env: { PATH: process.env['PATH'] },
  });
  closeSync(output);
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit status ${code}`));
    child.once('error', (error) => resolve(error.message));
  });
  const { pid } = child;
  if (pid === undefined) {
    throw new TarsierError('ENGINE_START_FAILED', `Cannot run ${launch.binary}: ${await ended}.`, {
      details: { binary: launch.binary },
    });
  }
  child.unref();
  // One that is gone already has no start time any more: nothing is signalled by it.
  return { process: readServerProcess(pid) ?? { pid, startTicks: -1 }, adopted: false, ended };
}

export function adoptServer(server: ServerProcess): ServerHandle {
  return { process: server, adopted: true, ended: watchStranger(server) };
}

/** It is not our child, so nobody tells us how it ended. */
async function watchStranger(server: ServerProcess): Promise<string> {
  while (isRunning(server)) await delay(200, undefined, { ref: false });
  return 'ended';
}

/** The end of what it printed, for a message. */
export function readLastWords(lastWordsFile: string): string {
  try {
    return readFileSync(lastWordsFile, 'utf8').trim().slice(0, 2_000);
  } catch {
    return '';
  }
}
