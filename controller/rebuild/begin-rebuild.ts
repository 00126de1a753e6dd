/** Begins a registry that is made from Git and from what agents tell, in stores that are empty. */

import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { alone } from '../agents/cluster-ports.ts';
import type { Stores } from '../open-stores.ts';

export interface RebuildWish {
  /** From the first commit on, nodes are waited for no longer than this. */
  readonly waitMs: number;
}

interface Beginner {
  /**
   * Its name in a cluster, whose other members may have begun, and ended, the rebuild already;
   * absent: it is alone.
   */
  readonly member: string | undefined;
  readonly logger: Logger;
}

/**
 * Before anybody leads: no token is given out below those that leaders before may have had. Of
 * several controllers one begins, and the others join it, however late they come; a controller that
 * was killed in the middle of its rebuild goes on with it. Fails with `REBUILD_NOT_EMPTY`.
 */
export async function beginRebuild(
  { registry }: Pick<Stores, 'registry'>,
  wish: RebuildWish | undefined,
  { member, logger }: Beginner,
): Promise<void> {
  if (wish === undefined) return;
  const { waitMs } = wish;
  const controller = member ?? alone.controller;
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
  if (rebuild === undefined || (rebuild.ended !== undefined && member === undefined)) {
    throw new TarsierError('REBUILD_NOT_EMPTY', result.message);
  }
  const state = rebuild.ended === undefined ? 'open' : 'ended';
  logger.warn({ beganBy: rebuild.controller, state }, 'the rebuild was begun already');
}
