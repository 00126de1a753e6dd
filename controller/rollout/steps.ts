/** What a plan consists of, and the instances that it decides about. */

import type { InstanceTarget } from '../../registry/model.ts';
import type { InstanceId } from '../../spec/desired-state.ts';
import type { Standing } from './placement.ts';

export interface Steps {
  readonly upsert: readonly InstanceTarget[];
  readonly remove: readonly InstanceId[];
}

/** An instance that stays, with the target that it should have. */
export interface Staying extends Standing {
  readonly wanted: InstanceTarget;
}

/** An instance that has a target and no place in Git any more. */
export interface Leaving extends Standing {
  readonly target: InstanceTarget;
}

/** What runs there has to be replaced by another revision. */
export function mustChange({ target, wanted, observed, service }: Staying): boolean {
  if (wanted.state !== 'running') return false;
  if (target !== undefined) return target.revision !== wanted.revision;
  return service === 'up' && observed?.revision !== wanted.revision;
}
