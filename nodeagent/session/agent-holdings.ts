/** What this agent can tell a controller that lost everything. */

import { join } from 'node:path';
import type { Logger } from 'pino';
import { heldPackages } from '../release/held-packages.ts';
import { HighestToken } from '../state/highest-token.ts';
import type { Holdings } from './held-queue.ts';

export interface AgentHoldingsOptions {
  readonly dataDir: string;
  /** Of the releases of all services. */
  readonly servicesFolder: string;
  readonly logger: Logger;
}

export function agentHoldings(options: AgentHoldingsOptions): Holdings {
  const { dataDir, servicesFolder, logger } = options;
  const token = new HighestToken(join(dataDir, 'highest-token'), logger);
  return {
    async packages(targets) {
      try {
        return await heldPackages(servicesFolder, targets);
      } catch (error) {
        // What cannot be read is not held; the services that run do not depend on it.
        logger.error({ err: error }, 'held packages are not told');
        return [];
      }
    },
    highestToken: () => token.before,
    entered: (registryId) => token.enter(registryId),
    told: (next) => token.told(next),
  };
}
