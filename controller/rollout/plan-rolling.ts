/**
 * The next step of a rolling rollout: never takes more instances out of service than allowed, and
 * costs nobody anything where nothing serves.
 */

import type { RolloutSpec } from '../../spec/desired-state.ts';
import { instanceCount } from './instance-count.ts';
import { mustChange, type Leaving, type Staying, type Steps } from './steps.ts';

export function planRolling(
  staying: readonly Staying[],
  leaving: readonly Leaving[],
  spec: RolloutSpec,
): Steps {
  let budget = budgetOf(staying, leaving, spec);
  const remove = leaving.filter(({ service, node }) => service === 'down' || node === 'absent');
  const kept = leaving.filter((instance) => !remove.includes(instance));
  for (const instance of kept.slice(0, Math.max(0, kept.length - pendingCount(staying)))) {
    if (instance.service === 'unclear') continue;
    if (budget.available <= 0) break;
    budget = { ...budget, available: budget.available - 1 };
    remove.push(instance);
  }
  const upsert = staying.filter((instance) => instance.wanted !== instance.target);
  const free = upsert.filter((instance) => !mustChange(instance) || isFree(instance));
  const costly = upsert.filter((instance) => mustChange(instance) && instance.service === 'up');
  const taken = costly.slice(0, Math.max(0, Math.min(budget.available, budget.batch)));
  return {
    upsert: [...free, ...taken].map(({ wanted }) => wanted),
    remove: remove.map(({ instance }) => instance),
  };
}

/** Nothing is lost by the change, and nothing comes back with the old revision meanwhile. */
function isFree({ service, node, observed }: Staying): boolean {
  return service === 'down' && (node === 'alive' || observed === undefined);
}

interface Budget {
  /** So many more may be taken out of service. */
  readonly available: number;
  /** So many more may be changed at the same time. */
  readonly batch: number;
}

function budgetOf(
  staying: readonly Staying[],
  leaving: readonly Leaving[],
  spec: RolloutSpec,
): Budget {
  const counted = staying.filter(({ node }) => node !== 'absent');
  const floor = counted.length - instanceCount(spec.maxUnavailable, counted.length);
  const up = [...staying, ...leaving].filter(({ service }) => service === 'up').length;
  const inFlight = counted.filter(
    (instance) =>
      instance.target !== undefined && !mustChange(instance) && instance.service !== 'up',
  ).length;
  const batch = instanceCount(spec.batch, counted.length) - inFlight;
  return { available: up - Math.max(0, floor), batch };
}

/**
 * Instances that a leaving one still has to stand in for: not up yet. One that was up when its
 * node was lost is a failure, not a replacement on its way; nobody waits for it.
 */
function pendingCount(staying: readonly Staying[]): number {
  return staying.filter(({ service, node, observed }) => {
    const wasUp = node !== 'alive' && observed?.phase === 'running';
    return service !== 'up' && !wasUp;
  }).length;
}
