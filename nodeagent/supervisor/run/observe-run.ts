/** Finds out how far a run got, from its journal and from the processes that are there. */

import { isAlive, type ProcessIdentity } from '../../process/identity.ts';
import { findTree } from '../../process/tree.ts';
import { exitRecord, type JournalFacts } from '../decide/journal.ts';
import { mayDaemonise, runMarker } from './run-intent.ts';
import type { RunFolder } from './run-folder.ts';
import type { RunView } from '../decide/situation.ts';
import type { ExitRecord, TimeMs } from '../../../registry/model.ts';

export interface RunObservation {
  readonly phase: RunView['phase'];
  readonly facts: JournalFacts;
  readonly exit?: ExitRecord;
  /** The service itself, or nothing while it is not known. */
  readonly process?: ProcessIdentity;
  /** The start was given up before anything ran. */
  readonly abandoned: boolean;
}

export interface ObserveOptions {
  readonly bootId: string;
  readonly now: TimeMs;
}

/** Writes `ended` or `daemon` into the journal when it finds that first; safe to repeat. */
export async function observeRun(run: RunFolder, options: ObserveOptions): Promise<RunObservation> {
  const facts = run.readFacts();
  if (facts.endedAt !== undefined) return ended(facts, facts.endedAt);
  if (run.intent.bootId !== options.bootId) return markEnded(run, options.now);
  if (facts.daemonAt !== undefined) return { phase: 'daemon', facts, abandoned: false };
  if (hasReturned(facts)) return observeReturned(run, facts);
  if (facts.service !== undefined && isAlive(facts.service)) {
    return { phase: 'alive', facts, process: facts.service, abandoned: false };
  }
  if (facts.shim !== undefined && isAlive(facts.shim)) {
    // Between fork and exec, in the hook, or about to write the exit status.
    const phase = facts.service === undefined ? 'launching' : 'alive';
    return { phase, facts, abandoned: false };
  }
  return observeWithoutProcess(run, facts, options);
}

function hasReturned(facts: JournalFacts): boolean {
  return facts.exitStatus !== undefined || (facts.preStart !== undefined && facts.preStart !== 0);
}

function observeReturned(run: RunFolder, facts: JournalFacts): RunObservation {
  const at = run.journalTimeMs();
  const { startTimeoutMs } = run.intent.target.content;
  const early = at - run.intent.startedAt < startTimeoutMs;
  const asked = facts.stopAskedAt !== undefined || facts.killedAt !== undefined;
  if (facts.exitStatus === 0 && early && !asked && mayDaemonise(run.intent)) {
    run.append(`daemon ${at}`);
    return { phase: 'daemon', facts: run.readFacts(), abandoned: false };
  }
  return markEnded(run, at);
}

/** No live process is known: nothing began yet, all is over, or the one who would tell was killed. */
async function observeWithoutProcess(
  run: RunFolder,
  before: JournalFacts,
  options: ObserveOptions,
): Promise<RunObservation> {
  if (!run.isClaimed()) return { phase: 'launching', facts: before, abandoned: false };
  const left = await findTree({
    marker: runMarker(run.intent.runId),
    shim: undefined,
    withShim: true,
  });
  // What was written since the journal was read, such as the last words of the shim, comes first.
  if (JSON.stringify(run.readFacts()) !== JSON.stringify(before)) return observeRun(run, options);
  // Somebody who has not said who it is yet. Behind a service that is gone, it is only a leftover.
  if (left.length > 0 && before.service === undefined) {
    return { phase: 'launching', facts: before, abandoned: false };
  }
  return markEnded(run, options.now);
}

/** Gives an unclaimed start up for good; false when its shim was faster. */
export function abandonRun(run: RunFolder, now: TimeMs): boolean {
  if (!run.claim()) return false;
  run.append(`ended ${now}`);
  return true;
}

function markEnded(run: RunFolder, at: TimeMs): RunObservation {
  run.append(`ended ${at}`);
  return ended(run.readFacts(), at);
}

function ended(facts: JournalFacts, at: TimeMs): RunObservation {
  const status = facts.exitStatus ?? (facts.preStart === 0 ? undefined : facts.preStart);
  const abandoned = facts.shim === undefined && status === undefined;
  return { phase: 'ended', facts, exit: exitRecord(status, at), abandoned };
}
