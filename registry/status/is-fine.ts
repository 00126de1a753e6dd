/** When there is nothing to say about a service. */

import type { ServiceResource } from './resources.ts';

/** It is what Git says, and it is well; a service that Git stops is fine. */
export function isFine({
  sync,
  health,
  rollout,
}: Pick<ServiceResource, 'sync' | 'health' | 'rollout'>): boolean {
  const well = health === 'Healthy' || health === 'Stopped';
  return well && sync === 'Synced' && rollout === 'Complete';
}
