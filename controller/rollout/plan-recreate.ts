/** The next step of a recreate: everything of the old revision stops before anything new starts. */

import type { InstanceTarget, ScopeRecord } from '../../registry/model.ts';
import { isStopped } from './placement.ts';
import { mustChange, type Leaving, type Staying, type Steps } from './steps.ts';

type Outgoing = (Staying | Leaving) & { readonly target: InstanceTarget };

function hasTarget(instance: Staying | Leaving): instance is Outgoing {
  return instance.target !== undefined;
}

export function planRecreate(
  staying: readonly Staying[],
  leaving: readonly Leaving[],
  record: ScopeRecord,
): Steps {
  const outgoing = [...staying.filter(mustChange), ...leaving].filter(hasTarget);
  const running = outgoing.filter((instance) => !isOut(instance));
  if (running.length === 0) {
    return {
      upsert: staying.filter(({ wanted, target }) => wanted !== target).map(({ wanted }) => wanted),
      remove: leaving.map(({ instance }) => instance),
    };
  }
  const unchanged = staying.filter(
    (instance) =>
      hasTarget(instance) && !mustChange(instance) && instance.wanted !== instance.target,
  );
  const { generation } = record;
  const toStop = running
    .map(({ target }) => target)
    .filter((target) => target.state === 'running' || target.generation !== generation)
    .map((target) => ({
      ...target,
      state: 'stopped' as const,
      scope: record.desired.scope,
      generation,
    }));
  return { upsert: [...unchanged.map(({ wanted }) => wanted), ...toStop], remove: [] };
}

/** An absent node is not waited for: it learns of the change when it is back. */
function isOut({ node, target, observed }: Outgoing): boolean {
  return node === 'absent' || isStopped(target, observed);
}
