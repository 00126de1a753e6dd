/** Whether a log holds what was acknowledged: each append once, at its place, in an order that real time allows. */

import type { Log, LogEntry } from '../../../replica/core/log.ts';
import type { Acknowledged } from './member-messages.ts';

const READ_ENTRIES = 1_000;
const FAULTS_MAX = 20;

export async function readAll(log: Log): Promise<readonly LogEntry[]> {
  const { first, sequence } = await log.head();
  const entries: LogEntry[] = [];
  for (let from = first; from <= sequence;) {
    // An answer may end early: what is on its way to the disk of a copy comes with the next one.
    const read = await log.read(from, Math.min(READ_ENTRIES, sequence - from + 1));
    if (read.length === 0) break;
    entries.push(...read);
    from += read.length;
  }
  return entries;
}

/** Sentences about what is wrong; empty when nothing is. */
export function checkAcknowledged(
  entries: readonly LogEntry[],
  acknowledged: readonly Acknowledged[],
): readonly string[] {
  const places = new Map<string, number[]>();
  for (const { commandId, sequence } of entries) {
    places.set(commandId, [...(places.get(commandId) ?? []), sequence]);
  }
  const faults: string[] = [];
  for (const [id, found] of places) {
    if (found.length > 1) faults.push(`${id} is there ${found.length} times: ${found.join(', ')}`);
  }
  for (const { id, sequence } of acknowledged) {
    const [found] = places.get(id) ?? [];
    if (found === undefined) faults.push(`${id} was acknowledged as ${sequence}, and is lost`);
    else if (found !== sequence)
      faults.push(`${id} was acknowledged as ${sequence}, and is ${found}`);
  }
  return [...faults, ...checkRealTime(acknowledged)].slice(0, FAULTS_MAX);
}

/** What was acknowledged before another append was even asked for comes before it. */
function checkRealTime(acknowledged: readonly Acknowledged[]): readonly string[] {
  const faults: string[] = [];
  let earliest: Acknowledged | undefined;
  for (const one of acknowledged.toSorted((a, b) => b.sequence - a.sequence)) {
    if (earliest !== undefined && earliest.heardMs < one.calledMs) {
      faults.push(
        `${earliest.id} (${earliest.sequence}) was acknowledged before ${one.id} (${one.sequence}) was asked for`,
      );
    }
    if (earliest === undefined || one.heardMs < earliest.heardMs) earliest = one;
  }
  return faults;
}

/** The first place at which a copy says something else. */
export function firstDifference(
  entries: readonly LogEntry[],
  copy: readonly LogEntry[],
): string | undefined {
  const bySequence = new Map(copy.map((entry) => [entry.sequence, entry]));
  const begin = copy[0]?.sequence ?? 1;
  for (const { sequence, hash, commandId } of entries) {
    const other = bySequence.get(sequence);
    if (sequence < begin || other?.hash === hash) continue;
    return `entry ${sequence} is ${commandId}, and ${other?.commandId ?? 'nothing'} in the copy`;
  }
  return undefined;
}
