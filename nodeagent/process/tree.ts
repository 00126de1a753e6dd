/** Finds and kills every process that belongs to one run, also those that left its session. */

import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import {
  isAlive,
  readProcessStat,
  signalProcess,
  type ProcessIdentity,
  type ProcessStat,
} from './identity.ts';

export interface TreeQuery {
  /** `NAME=value` as it stands in the environment of every process of the run. */
  readonly marker: string;
  /** Leader of the run's session; never part of the answer. */
  readonly shim: ProcessIdentity | undefined;
  /** Count the shim as well: the question is whether anything of the run lives at all. */
  readonly withShim?: boolean;
}

/** Entries of `/proc` that are looked at before other work gets its turn. */
const SCAN_SLICE = 200;

/**
 * All live processes of a run except its shim: by the environment they inherited, by the session
 * while its leader lives (afterwards its number could belong to a stranger), and by descent.
 */
export async function findTree(query: TreeQuery): Promise<readonly ProcessIdentity[]> {
  const shimLives = query.shim !== undefined && isAlive(query.shim);
  const stats = new Map<number, ProcessStat>();
  const members = new Set<number>();
  let looked = 0;
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    looked += 1;
    if (looked % SCAN_SLICE === 0) await nextTurn();
    const stat = readProcessStat(pid);
    if (stat === undefined || 'ZXx'.includes(stat.state)) continue;
    stats.set(pid, stat);
    const inSession = shimLives && stat.sessionId === query.shim?.pid;
    if (inSession || hasMarker(pid, query.marker)) members.add(pid);
  }
  addDescendants(stats, members);
  return [...members]
    .map((pid) => stats.get(pid))
    .filter((stat) => stat !== undefined)
    .filter((stat) => query.withShim || (stat.pid !== query.shim?.pid && !isShim(stat)));
}

function hasMarker(pid: number, marker: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(marker);
  } catch {
    return false;
  }
}

/** A shim that has not written its pid yet is told from the service by being a session's leader. */
function isShim(stat: ProcessStat): boolean {
  if (stat.sessionId !== stat.pid) return false;
  try {
    return (
      readFileSync(`/proc/${stat.pid}/cmdline`, 'latin1').split('\0')[1]?.endsWith('/shim.sh') ===
      true
    );
  } catch {
    return false;
  }
}

function addDescendants(stats: ReadonlyMap<number, ProcessStat>, members: Set<number>): void {
  const roots = new Set(members);
  for (const stat of stats.values()) {
    let current: ProcessStat | undefined = stat;
    for (let depth = 0; current !== undefined && depth < 64; depth += 1) {
      if (roots.has(current.parentPid) && !isAgent(stat.pid)) {
        members.add(stat.pid);
        break;
      }
      current = stats.get(current.parentPid);
    }
  }
}

/** The agent is never its own prey, whoever started it. */
function isAgent(pid: number): boolean {
  return pid === process.pid;
}

/** Kills until nothing is left, because a process may fork while it is looked for. Returns what is left. */
export async function killTree(
  query: TreeQuery,
  signal: NodeJS.Signals = 'SIGKILL',
): Promise<number> {
  const roundsMax = 20;
  for (let round = 0; ; round += 1) {
    const tree = await findTree(query);
    if (tree.length === 0 || round === roundsMax) return tree.length;
    for (const member of tree) signalProcess(member, signal);
    await delay(Math.min(10 + round * 10, 100));
  }
}
