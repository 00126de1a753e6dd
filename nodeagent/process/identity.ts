/** Which process is meant: a pid alone is reused, a pid with its start time and boot is not. */

import { readFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of `/proc/<pid>/stat`: clock ticks since boot. */
  readonly startTicks: number;
}

export interface ProcessStat extends ProcessIdentity {
  /** One letter; `Z` and `X` are dead. */
  readonly state: string;
  readonly parentPid: number;
  readonly sessionId: number;
}

/** `undefined` when there is no such process. */
export function readProcessStat(pid: number): ProcessStat | undefined {
  let line: string;
  try {
    line = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The name in brackets may hold blanks and brackets itself.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    state: fields[0] ?? 'X',
    parentPid: Number(fields[1]),
    sessionId: Number(fields[3]),
    startTicks: Number(fields[19]),
  };
}

/** A zombie is not alive: it waits for nothing but its parent. */
export function isAlive(identity: ProcessIdentity): boolean {
  const stat = readProcessStat(identity.pid);
  return (
    stat !== undefined && stat.startTicks === identity.startTicks && !'ZXx'.includes(stat.state)
  );
}

/** Sends a signal only to exactly this process; false when it is gone or not ours to signal. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch {
    return false;
  }
}

/** The kernel tells user space 100 ticks a second on every architecture that Node runs on. */
const TICK_MS = 10;

/** Since the start of the process, whatever happened to the clock on the wall. */
export function processAgeMs(identity: ProcessIdentity): number {
  const uptimeMs = Number.parseFloat(readFileSync('/proc/uptime', 'latin1')) * 1000;
  return Math.max(0, uptimeMs - identity.startTicks * TICK_MS);
}

/** Changes with every boot of the machine. */
export function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
