/** How far the rollout of one scope is, in words for people and reasons for machines. */

import type { ScopeRecord, TimeMs } from '../../registry/model.ts';
import type { ScopeId } from '../../spec/desired-state.ts';
import { isDone, type Standing } from './placement.ts';

export type RolloutReason =
  | 'Settled'
  | 'Rolling'
  | 'Removing'
  | 'PackageMissing'
  | 'Rebuilding'
  | 'Held'
  | 'NodesLost'
  | 'ProgressDeadlineExceeded';

export interface RolloutStatus {
  readonly scope: ScopeId;
  /** 0 for a scope that is no longer in Git. */
  readonly generation: number;
  readonly phase: 'settled' | 'rolling' | 'waiting' | 'stalled';
  readonly reason: RolloutReason;
  readonly message: string;
  /** Instances that are asked for, and those that are there already. */
  readonly total: number;
  readonly done: number;
}

/** What the next look needs to know of this one. */
export interface RolloutProgress {
  readonly generation: number;
  /** The most that was reached; falling back is no progress, and coming back from it neither. */
  readonly best: number;
  readonly at: TimeMs;
}

export function nextProgress(
  old: RolloutProgress | undefined,
  placement: readonly Standing[],
  record: ScopeRecord,
  now: TimeMs,
): RolloutProgress {
  const leaving = placement.filter(({ desired }) => desired === undefined).length;
  const reached = doneCount(placement, record) - leaving;
  const { generation } = record;
  if (old?.generation !== generation) return { generation, best: reached, at: now };
  return reached > old.best ? { generation, best: reached, at: now } : old;
}

function doneCount(placement: readonly Standing[], record: ScopeRecord): number {
  return placement.filter((instance) => isDone(instance, record)).length;
}

export function rolloutStatus(
  record: ScopeRecord,
  placement: readonly Standing[],
  options: {
    readonly missing: string | undefined;
    readonly isOverdue: boolean;
    /** A rebuild is open; says what it waits for. */
    readonly rebuilding: string | undefined;
  },
): RolloutStatus {
  const open = placement.filter((instance) => !isDone(instance, record));
  const total = placement.filter(({ desired }) => desired !== undefined).length;
  const head = {
    scope: record.desired.scope,
    generation: record.generation,
    total,
    done: placement.length - open.length,
  };
  const names = namesOf(open.map(({ instance }) => instance));
  if (open.length === 0) {
    const message = `All ${total} instances are at generation ${record.generation}.`;
    return { ...head, phase: 'settled', reason: 'Settled', message };
  }
  if (options.rebuilding !== undefined) {
    return { ...head, phase: 'waiting', reason: 'Rebuilding', message: options.rebuilding };
  }
  if (options.missing !== undefined) {
    return { ...head, phase: 'waiting', reason: 'PackageMissing', message: options.missing };
  }
  if (open.every(({ node }) => node !== 'alive')) {
    const message = `Waits for the agents of ${names}. Start them, or take their nodes out of the placement.`;
    return { ...head, phase: 'waiting', reason: 'NodesLost', message };
  }
  if (options.isOverdue) {
    const message = `No progress within ${record.desired.rollout.progressDeadlineMs / 1_000} s; not there yet: ${names}. See \`tarsctl why ${open[0]?.instance}\`.`;
    return { ...head, phase: 'stalled', reason: 'ProgressDeadlineExceeded', message };
  }
  const message = `${head.done} of ${total} instances are at generation ${record.generation}.`;
  return { ...head, phase: 'rolling', reason: 'Rolling', message };
}

const namesMax = 5;

function namesOf(instances: readonly string[]): string {
  const shown = instances.slice(0, namesMax).join(', ');
  const more = instances.length - namesMax;
  return more > 0 ? `${shown} and ${more} more` : shown;
}
