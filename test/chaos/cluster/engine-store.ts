/** The files of a member's server, and the hand of an operator on its streams. */

import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { onTestFinished } from 'vitest';
import { engineLogin, engineServers } from '../../../controller/cluster/engine-settings.ts';
import type { ChaosCluster } from './chaos-cluster.ts';
import type { ChaosMember } from './chaos-member.ts';

export function storeOf({ settings }: ChaosMember): string {
  return join(settings.dataDir, 'engine', 'store');
}

/** Paths of the files that hold the messages of a stream. */
export function messageBlocks(member: ChaosMember, stream: string): readonly string[] {
  const folder = join(storeOf(member), 'jetstream', 'TARSIER', 'streams', stream, 'msgs');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.blk'))
    .toSorted()
    .map((name) => join(folder, name));
}

/** Flips a bit of every hundredth byte in the middle third. */
export function damage(file: string): void {
  const bytes = readFileSync(file);
  for (let at = Math.floor(bytes.length / 3); at < (2 * bytes.length) / 3; at += 100) {
    bytes[at]! ^= 1;
  }
  writeFileSync(file, bytes);
}

export function cutInHalf(file: string): void {
  truncateSync(file, Math.floor(readFileSync(file).length / 2));
}

export interface OperatorHand {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
}

/** Ended with the test. */
export async function operatorHand({ file }: ChaosCluster): Promise<OperatorHand> {
  const servers = [...engineServers(file)];
  const connection = await connect({ servers, ...engineLogin(file), maxReconnectAttempts: -1 });
  onTestFinished(() => connection.close());
  return { connection, manager: await jetstreamManager(connection) };
}

/** Asks the leader of a stream to hand over to a member. */
export async function handOver(
  { connection }: OperatorHand,
  stream: string,
  to: ChaosMember,
): Promise<void> {
  const wish = JSON.stringify({ placement: { preferred: to.name } });
  await connection.request(`$JS.API.STREAM.LEADER.STEPDOWN.${stream}`, wish, { timeout: 5_000 });
}
