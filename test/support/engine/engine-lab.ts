/** A cluster of real servers on loopback, in a folder of its own, ended with the test. */

import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { onTestFinished } from 'vitest';
import type { ClusterFile } from '../../../controller/cluster/cluster-file.ts';
import { createCluster, type CreatedCluster } from '../../../controller/cluster/create-cluster.ts';
import { openEngine, type Engine } from '../../../controller/cluster/open-engine.ts';
import type { EngineLog } from '../../../replica/drivers/jetstream/server/engine-log.ts';
import {
  findRunningServers,
  signalServer,
} from '../../../replica/drivers/jetstream/server/process-table.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { freePorts } from './free-ports.ts';

export interface Recorded {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface EngineLab {
  readonly folder: string;
  readonly cluster: CreatedCluster;
  /** Everything that every member logged. */
  readonly log: readonly Recorded[];
  readonly logger: EngineLog;
  fileOf(member: string): ClusterFile;
  dataDirOf(member: string): string;
  start(member: string): Promise<Engine>;
  /** With a file that was changed. */
  open(clusterFile: ClusterFile): Promise<Engine>;
  /** A client that is closed with the test. */
  client(engine: Pick<Engine, 'servers' | 'connectOptions'>): Promise<NatsConnection>;
}

export async function engineLab(binary: string, members: readonly string[]): Promise<EngineLab> {
  const folder = temporaryFolder();
  onTestFinished(() => killServersBelow(folder));
  const ports = await freePorts(3 * members.length);
  const [host, now] = ['127.0.0.1', new Date()];
  const cluster = await createCluster(
    'lab',
    members.map((name, at) => {
      const [apiPort = 0, enginePort = 0, routePort = 0] = ports.slice(3 * at);
      return { name, host, apiPort, enginePort, routePort };
    }),
    now,
  );
  const log: Recorded[] = [];
  const logger = recordingLog(log);
  const fileOf = (member: string): ClusterFile =>
    cluster.files.find((file) => file.member === member)!;
  const dataDirOf = (member: string): string => join(folder, member);
  const open = async (clusterFile: ClusterFile): Promise<Engine> => {
    const dataDir = dataDirOf(clusterFile.member);
    const engine = await openEngine({ clusterFile, dataDir, binary, logger });
    onTestFinished(() => engine.close());
    return engine;
  };
  return {
    folder,
    cluster,
    log,
    logger,
    fileOf,
    dataDirOf,
    open,
    start: (member) => open(fileOf(member)),
    async client({ servers, connectOptions }) {
      const client = await connect({ servers, ...connectOptions });
      onTestFinished(() => client.close());
      return client;
    },
  };
}

/** By their ids: those whose configuration is below `folder`, whoever started them. */
function killServersBelow(folder: string): void {
  for (const server of findRunningServers(folder)) signalServer(server, 'SIGKILL');
}

function recordingLog(log: Recorded[]): EngineLog {
  const at = (level: string) => (fields: object, message: string) => {
    log.push({ level, message, fields: { ...fields } });
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
