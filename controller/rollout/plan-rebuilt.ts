/** What a rebuild allows: while it is open to take over what runs, and later nothing on nodes that were not heard. */

import { serviceOfScope } from '../../registry/instance-id.ts';
import { heldServices } from '../../registry/asked-for.ts';
import type { RegistryState } from '../../registry/model.ts';
import { describeRebuild, isRebuilding, isUnheard } from '../../registry/rebuild.ts';
import type { ScopeId } from '../../spec/desired-state.ts';
import type { Staying, Steps } from './steps.ts';

/** The very revision runs there: it is told so, and goes on. Everything else waits for the end. */
export function planTakeover(state: RegistryState, staying: readonly Staying[]): Steps {
  const upsert = staying.filter((instance) => {
    const { wanted, target, node } = instance;
    if (wanted === target || node !== 'alive' || isUnheard(state, wanted.node)) return false;
    return isTakenOver(instance);
  });
  return { upsert: upsert.map(({ wanted }) => wanted), remove: [] };
}

function isTakenOver({ wanted, target, observed, service }: Staying): boolean {
  if (target !== undefined) {
    return target.revision === wanted.revision && target.state === wanted.state;
  }
  return service === 'up' && observed?.revision === wanted.revision && wanted.state === 'running';
}

/** Without what would change a node of which nobody knows what runs there. */
export function spareUnheard(state: RegistryState, { upsert, remove }: Steps): Steps {
  if (state.rebuild === undefined) return { upsert, remove };
  return {
    upsert: upsert.filter(({ node }) => !isUnheard(state, node)),
    remove: remove.filter((instance) => {
      const node = state.targets.get(instance)?.node ?? '';
      return !state.nodes.has(node) || !isUnheard(state, node);
    }),
  };
}

/** Why instances of a scope that is not in force are left alone; `undefined` if they are not. */
export function whyKept(state: RegistryState, scope: ScopeId): string | undefined {
  if (isRebuilding(state)) return describeRebuild(state);
  // Only a rebuilt registry has targets of a service of which no revision was ever in force.
  if (state.rebuild === undefined || !heldServices(state).has(serviceOfScope(scope)))
    return undefined;
  return `${serviceOfScope(scope)} is broken in Git: what runs of it stays. Correct it, and commit.`;
}
