/** Refuses commands of a leader that was replaced. */

import type { RegistryState } from '../model.ts';
import type { RegistryRefused } from '../result.ts';
import { refuse } from './effects.ts';

/** Raises the highest token seen, or refuses a lower one. The same token stays good. */
export function checkFencingToken(
  state: RegistryState,
  fencingToken: number,
): RegistryRefused | undefined {
  if (fencingToken < state.fencingToken) {
    return refuse(
      'STALE_LEASE',
      `The command carries fencing token ${fencingToken}, but a leader with token ${state.fencingToken} was seen. Another controller leads now; this one must stop leading.`,
    );
  }
  state.fencingToken = fencingToken;
  return undefined;
}
