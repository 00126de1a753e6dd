/** How far the release of a version has come, instance by instance, as the registry sees it. */

import type { InstanceObserved, InstanceTarget, RegistryState } from '../../registry/model.ts';

export interface InstanceProgress {
  readonly node: string;
  readonly state: 'success' | 'running' | 'failed' | 'stopped';
  /** One line for people. */
  readonly log: string;
}

/** Phases that do not end by waiting a little longer. */
const failed: ReadonlySet<string> = new Set(['failed', 'backoff']);

/** Of every instance that Git asks for, sorted by node; empty when the service is not in Git. */
export function releaseProgress(
  { scopes, targets, observed }: Pick<RegistryState, 'scopes' | 'targets' | 'observed'>,
  service: string,
  version: string,
): readonly InstanceProgress[] {
  const progress: InstanceProgress[] = [];
  for (const { desired } of scopes.values()) {
    if (desired.service !== service) continue;
    for (const { instance, node, revision } of desired.instances) {
      const asked = desired.revisions[revision]?.release?.version;
      const target = targets.get(instance);
      const seen = observed.get(instance);
      progress.push(
        asked === version
          ? { node, ...describe(desired.state, version, target, seen) }
          : { node, state: 'running', log: `Git asks for ${asked ?? 'no release'} still` },
      );
    }
  }
  return progress.toSorted((left, right) => (left.node < right.node ? -1 : 1));
}

function describe(
  wanted: 'running' | 'stopped',
  version: string,
  target: InstanceTarget | undefined,
  seen: InstanceObserved | undefined,
): Omit<InstanceProgress, 'node'> {
  if (wanted === 'stopped') return { state: 'stopped', log: 'the service is meant to be stopped' };
  if (target?.content.release?.version !== version) {
    return { state: 'running', log: 'waits for its turn' };
  }
  const isNew = seen?.revision === target.revision;
  if (isNew && seen.phase === 'running') return { state: 'success', log: `${version} is running` };
  const log = seen?.message ?? seen?.phase ?? 'its agent has not answered';
  const isFailed = seen !== undefined && seen.observedGeneration === target.generation;
  return { state: isFailed && failed.has(seen.phase) ? 'failed' : 'running', log };
}

/** Where one failed, the rollout does not come to the others. */
export function isOver(progress: readonly InstanceProgress[]): boolean {
  if (progress.some(({ state }) => state === 'failed')) return true;
  return progress.length > 0 && progress.every(({ state }) => state !== 'running');
}
