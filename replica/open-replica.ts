/** Opens a replica with the clock and the random numbers of this process. */

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { startReplica, type ReplicaOptions, type ReplicaPorts } from './core/log-replica.ts';
import type { Replica } from './core/replica.ts';

/**
 * Loads the newest snapshot, applies the log behind it, and returns the replica at the log's head.
 * `ports` are for simulations; the process's own by default. `SNAPSHOT_DAMAGED`, `LOG_DAMAGED`.
 */
export function openReplica<State, Command, Result>(
  options: ReplicaOptions<State, Command, Result>,
  ports: ReplicaPorts = processPorts,
): Promise<Replica<State, Command, Result>> {
  return startReplica(options, ports);
}

const processPorts: ReplicaPorts = {
  newCommandId: randomUUID,
  wait: async (delayMs) => {
    await delay(delayMs);
  },
};
