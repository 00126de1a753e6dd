/** The files of a member's server, and the hand of an operator on its streams. */

import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { onTestFinished } from 'vitest';
import { engineLogin, engineServers } from '../../../controller/cluster/engine-settings.ts';
import { eventually } from '../../support/agent/eventually.ts';
import type { ChaosCluster } from './chaos-cluster.ts';
import type { ChaosMember } from './chaos-member.ts';

/** Appends of the log `chaos` have 200 equal bytes. */
const RUN_BYTES = 150;
const LEADS_MS_MAX = 90_000;

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

/**
 * Flips a bit in the content of every fifth message behind the first third of the file. The records
 * around it stay whole: with a flipped bit in a sequence number, nats-server 2.15 fills gigabytes of
 * memory and does not start.
 */
export function damage(file: string): void {
  const bytes = readFileSync(file);
  let runs = 0;
  for (let at = Math.floor(bytes.length / 3), run = 0; at < bytes.length; at += 1) {
    run = bytes[at] === bytes[at - 1] ? run + 1 : 0;
    if (run !== RUN_BYTES) continue;
    if (runs % 5 === 0) bytes[at]! ^= 1;
    runs += 1;
  }
  if (runs === 0) throw new Error(`nothing to damage in ${file}`);
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
  return { connection, manager: await jetstreamManager(connection, { checkAPI: false }) };
}

/** Waits until the member has all messages of the stream, as its server says, and hands it over to it. */
export async function makeLeader(
  { connection, manager }: OperatorHand,
  stream: string,
  member: ChaosMember,
): Promise<void> {
  let seen: unknown;
  await eventually(
    async () => {
      const info = await manager.streams.info(stream).catch(() => undefined);
      seen = info?.cluster;
      if (info?.cluster?.leader === member.name) return true;
      const replica = info?.cluster?.replicas?.find(({ name }) => name === member.name);
      if (replica?.current !== true || (replica.lag ?? 0) > 0) return false;
      const wish = JSON.stringify({ placement: { preferred: member.name } });
      const subject = `$JS.API.STREAM.LEADER.STEPDOWN.${stream}`;
      await connection.request(subject, wish, { timeout: 5_000 }).catch(() => undefined);
      return false;
    },
    () => `${member.name} does not lead ${stream}: ${JSON.stringify(seen)}`,
    LEADS_MS_MAX,
  );
}
