/** The next step of a recreate: what goes or changes has stopped before anything starts. */

import type { InstanceTarget, ScopeRecord } from '../../registry/model.ts';
import { isStopped } from './placement.ts';
import { mustChange, type Leaving, type Staying, type Steps } from './steps.ts';

export interface Outgoing {
  readonly leaving: readonly Leaving[];
  /** Something that has no target any more still runs. */
  readonly isLingering: boolean;
}

type Told = (Staying | Leaving) & { readonly target: InstanceTarget };

function isTold(instance: Staying | Leaving): instance is Told {
  return instance.target !== undefined;
}

/** Instances that stay as they are go on running. */
export function planRecreate(
  staying: readonly Staying[],
  { leaving, isLingering }: Outgoing,
  record: ScopeRecord,
): Steps {
  const outgoing = [...staying.filter(mustChange), ...leaving].filter(isTold);
  const running = outgoing.filter((instance) => !isOut(instance));
  const open = staying.filter(({ wanted, target }) => wanted !== target);
  const remove = leaving.filter(isOut).map(({ instance }) => instance);
  if (running.length === 0 && !isLingering) {
    return { upsert: open.map(({ wanted }) => wanted), remove };
  }
  const { generation } = record;
  const goOn = open.filter((instance) => isRunningOn(instance)).map(({ wanted }) => wanted);
  const toStop = running
    .map(({ target }) => target)
    .filter((target) => target.state === 'running' || target.generation !== generation)
    .map((target) => {
      const { scope } = record.desired;
      return { ...target, state: 'stopped' as const, scope, generation };
    });
  return { upsert: [...goOn, ...toStop], remove };
}

/** The very revision runs already, or was told to: only what is written about it changes. */
function isRunningOn(instance: Staying): boolean {
  return instance.target?.state === 'running' && !mustChange(instance);
}

/** An absent node is not waited for: it learns of the change when it is back. */
function isOut({ node, target, observed }: Told | Leaving): boolean {
  return node === 'absent' || isStopped(target, observed);
}
