/** Begins a registry that is made from Git and from what agents tell, in stores that are empty. */

import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { isRebuilding } from '../../registry/rebuild.ts';
import type { Stores } from '../open-stores.ts';

export interface RebuildWish {
  /** From the first commit on, nodes are waited for no longer than this. */
  readonly waitMs: number;
}

interface Beginner {
  readonly controller: string;
  readonly logger: Logger;
}

/**
 * Before anybody leads: no token is given out below those that leaders before may have had. Of
 * several controllers that begin at the same time one does, and the others go on with its rebuild;
 * so does a controller that was killed in the middle of it. Fails with `REBUILD_NOT_EMPTY`.
 */
export async function beginRebuild(
  { registry }: Pick<Stores, 'registry'>,
  wish: RebuildWish | undefined,
  { controller, logger }: Beginner,
): Promise<void> {
  if (wish === undefined) return;
  const { waitMs } = wish;
  await registry.catchUp();
  const { result } = await registry.propose({
    type: 'begin-rebuild',
    at: Date.now(),
    controller,
    registryId: randomUUID(),
    waitMs,
  });
  if (result.accepted) {
    logger.warn({ controller, waitMs }, 'rebuild began');
    return;
  }
  const { rebuild } = registry.state;
  if (isRebuilding(registry.state)) {
    logger.warn(
      { beganBy: rebuild?.controller },
      'a rebuild is open already; this controller joins it',
    );
    return;
  }
  throw new TarsierError('REBUILD_NOT_EMPTY', result.message);
}
