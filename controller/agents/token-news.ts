/** Notices that fencing numbers were given out: agents remember the greatest one. */

import type { RegistryState } from '../../registry/model.ts';
import { highestToken } from '../../registry/rebuild.ts';

/** Says of each state whether there are greater numbers than in the one before. */
export function tokenNews(): (state: RegistryState) => boolean {
  let known = 0;
  return (state) => {
    const token = highestToken(state);
    if (token === known) return false;
    known = token;
    return true;
  };
}
