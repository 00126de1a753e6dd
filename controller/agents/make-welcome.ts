/** What an agent is told first. */

import type { Welcome } from '../../link/messages/messages.ts';
import { patchContentPath } from '../../link/packages/patch-api.ts';
import type { RegistryState } from '../../registry/model.ts';
import { highestToken, isUnheard } from '../../registry/rebuild.ts';

interface FromController {
  readonly heartbeatMs: number;
  /** Where agents reach the controllers; empty when they know the only one. */
  readonly controllers: readonly string[];
}

export function makeWelcome(
  state: RegistryState,
  node: string,
  { heartbeatMs, controllers }: FromController,
): Omit<Welcome, 'type'> {
  const { registryId } = state;
  return {
    heartbeatMs,
    packagesPath: patchContentPath,
    ...(registryId === undefined ? {} : { registryId }),
    ...(controllers.length === 0 ? {} : { controllers }),
    ...(isUnheard(state, node) ? { tellHeld: true } : {}),
    token: highestToken(state),
  };
}
