/** Sums up instances into the four axes of their service. */

import type { ScopeRecord, TimeMs } from '../model.ts';
import type { InstanceResource, RolloutPhase, ServiceHealth, Sync } from './resources.ts';
import type { StatusInput } from './status-input.ts';

export interface Tally {
  readonly total: number;
  readonly ready: number;
  readonly current: number;
  readonly unknown: number;
  readonly unhealthy: number;
  readonly progressing: number;
  readonly stopped: number;
  /** Reported, and not asked for any more. */
  readonly leaving: number;
}

export function tallyOf(instances: readonly InstanceResource[]): Tally {
  const asked = instances.filter(({ wanted }) => wanted !== 'removed');
  const count = (test: (instance: InstanceResource) => boolean) => asked.filter(test).length;
  return {
    total: asked.length,
    ready: count(({ health }) => health === 'Healthy'),
    current: count(({ sync }) => sync === 'Synced'),
    unknown: count(({ health }) => health === 'Unknown'),
    unhealthy: count(({ health }) => health === 'Unhealthy'),
    progressing: count(({ health }) => health === 'Progressing'),
    stopped: count(({ health }) => health === 'Stopped'),
    leaving: instances.length - asked.length,
  };
}

/** Something unknown is at best `Degraded`: it is never counted as fine. */
export function healthOf(record: ScopeRecord | undefined, tally: Tally): ServiceHealth {
  const { total, ready, unknown, unhealthy } = tally;
  if (total === 0) return tally.leaving > 0 ? 'Progressing' : 'Stopped';
  if (unknown === total) return 'Unknown';
  if (record?.desired.state === 'stopped') {
    if (tally.stopped === total) return 'Stopped';
    return unknown > 0 ? 'Unknown' : 'Progressing';
  }
  if (ready === total) return 'Healthy';
  if (unhealthy + unknown === 0) return 'Progressing';
  if (ready > 0) return 'Degraded';
  return unhealthy > 0 ? 'Down' : 'Unknown';
}

export function syncOf(held: boolean, tally: Tally): Sync {
  if (held) return 'Held';
  if (tally.total === 0) return tally.leaving > 0 ? 'OutOfSync' : 'Synced';
  const known = tally.total - tally.unknown;
  if (tally.current < known || tally.leaving > 0) return 'OutOfSync';
  return tally.unknown > 0 ? 'Unknown' : 'Synced';
}

/** The latest moment at which an instance got somewhere, or the change itself. */
export function lastProgressAt(
  record: ScopeRecord,
  instances: readonly InstanceResource[],
): TimeMs {
  const moments = instances
    .filter(
      ({ sync, health }) => sync === 'Synced' && (health === 'Healthy' || health === 'Stopped'),
    )
    .map(({ since }) => since ?? 0);
  return Math.max(record.acceptedAt, ...moments);
}

/** `Waiting`: something outside of the rollout is missing. `Stalled`: it came to a stand. */
export function rolloutPhaseOf(
  input: StatusInput,
  record: ScopeRecord,
  instances: readonly InstanceResource[],
): RolloutPhase {
  const open = instances.filter((instance) => !isDone(instance));
  if (open.length === 0) return 'Complete';
  if (open.some(({ reason }) => reason === 'PackageMissing')) return 'Waiting';
  if (open.every(({ health }) => health === 'Unknown')) return 'Waiting';
  const failed = open.some(({ sync, health }) => sync === 'Synced' && health === 'Unhealthy');
  return failed || isOverdue(input, record, instances) ? 'Stalled' : 'Rolling';
}

/** The leader remembers how far the rollout was; without its word the registry must do. */
function isOverdue(
  { facts, now }: StatusInput,
  record: ScopeRecord,
  instances: readonly InstanceResource[],
): boolean {
  const led = facts.rolloutOf(record.desired.scope);
  if (led !== undefined && led.generation === record.generation) return led.phase === 'stalled';
  const { progressDeadlineMs } = record.desired.rollout;
  return now - lastProgressAt(record, instances) > progressDeadlineMs;
}

/** At what Git asks for, and ready (or stopped, when that is what Git asks). */
function isDone({ wanted, sync, health }: InstanceResource): boolean {
  if (wanted === 'removed') return false;
  return sync === 'Synced' && (health === 'Healthy' || health === 'Stopped');
}
