/** The log of a cluster whose members lose power, as a member opens it in the process of the test. */

import { join } from 'node:path';
import type { NatsConnection } from '@nats-io/transport-node';
import { onTestFinished } from 'vitest';
import {
  openJetStreamLog,
  type JetStreamLog,
  type JetStreamLogOptions,
} from '../../../replica/drivers/jetstream/open-jetstream-log.ts';
import type { PowerCluster, PowerMember } from './power-cluster.ts';

export interface OpenLog {
  readonly connection: NatsConnection;
  readonly log: JetStreamLog;
}

type Options = Pick<JetStreamLogOptions, 'directory' | 'members' | 'onRepair' | 'onSetAside'>;

let newcomers = 0;

/** As a member that has nothing of its own: its copy would put back what the engine lost, and hide it. */
export function openAsNewcomer(cluster: PowerCluster): Promise<OpenLog> {
  newcomers += 1;
  const directory = join(cluster.folder, `newcomer-${newcomers}`);
  const member = cluster.members[newcomers % cluster.members.length]!;
  return openPowerLog(cluster, member, { directory, members: 1 });
}

/** Dropped with the test. */
export async function openPowerLog(
  cluster: PowerCluster,
  member: PowerMember,
  options: Options,
): Promise<OpenLog> {
  const connection = await cluster.connect(member);
  onTestFinished(() => connection.close());
  const replicas = cluster.members.length;
  try {
    const log = await openJetStreamLog({ name: 'power', connection, replicas, ...options });
    onTestFinished(() => log.close());
    return { connection, log };
  } catch (error) {
    throw new Error(`the log does not open\n${cluster.lastWords()}`, { cause: error });
  }
}

/** Says nothing to the servers any more, and closes its files. */
export async function dropLog({ connection, log }: OpenLog): Promise<void> {
  await connection.close();
  await log.close();
}
