/**
 * Finds servers in the process table of the kernel. The path of a configuration on the command line
 * says whose a server is and what it was told, without a file that could be missing or out of date.
 */

import { readdirSync, readFileSync, statSync } from 'node:fs';

/** A pid alone is reused; a pid with its start time is not. */
export interface ServerProcess {
  readonly pid: number;
  /** Field 22 of `/proc/<pid>/stat`: clock ticks since boot. */
  readonly startTicks: number;
}

export interface RunningServer extends ServerProcess {
  /** What stands after `--config`. */
  readonly configFile: string;
}

/** `undefined` when there is no such process, or it only waits for its parent to look at it. */
export function readServerProcess(pid: number): ServerProcess | undefined {
  let line: string;
  try {
    line = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The name in brackets may hold blanks and brackets itself.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  if ('ZXx'.includes(fields[0] ?? 'X')) return undefined;
  return { pid, startTicks: Number(fields[19]) };
}

export function isRunning(server: ServerProcess): boolean {
  return readServerProcess(server.pid)?.startTicks === server.startTicks;
}

/** Reaches exactly this process; false when it is gone. */
export function signalServer(server: ServerProcess, signal: NodeJS.Signals): boolean {
  if (!isRunning(server)) return false;
  try {
    return process.kill(server.pid, signal);
  } catch {
    return false;
  }
}

/** Servers of this user that run with a configuration below `folder` (absolute). */
export function findRunningServers(folder: string): readonly RunningServer[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      const pid = Number(entry);
      const configFile = configOf(pid);
      if (!configFile?.startsWith(`${folder}/`) || !isOurs(pid)) return [];
      const found = readServerProcess(pid);
      return found === undefined ? [] : [{ ...found, configFile }];
    });
}

function configOf(pid: number): string | undefined {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const flag = words.indexOf('--config');
    return flag === -1 ? undefined : words[flag + 1];
  } catch {
    return undefined;
  }
}

/** Anybody may write our path on a command line; only our user runs as our user. */
function isOurs(pid: number): boolean {
  try {
    return statSync(`/proc/${pid}`).uid === process.geteuid?.();
  } catch {
    return false;
  }
}
