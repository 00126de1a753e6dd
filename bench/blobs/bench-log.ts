/** The log that is appended to while blobs are stored: by the name of its engine. */

import { connect } from '@nats-io/transport-node';
import { readClusterFile } from '../../controller/cluster/cluster-file.ts';
import { engineLogin, engineServers } from '../../controller/cluster/engine-settings.ts';
import type { Log } from '../../replica/core/log.ts';
import { openEmbeddedLog } from '../../replica/drivers/embedded/embedded-log.ts';
import { openJetStreamLog } from '../../replica/drivers/jetstream/open-jetstream-log.ts';

/** `embedded`, or the path of a cluster file whose servers run. */
export async function openBenchLog(engine: string, directory: string): Promise<Log> {
  if (engine === 'embedded') return openEmbeddedLog({ directory });
  const file = await readClusterFile(engine);
  const servers = [...engineServers(file)];
  const connection = await connect({ servers, ...engineLogin(file), noEcho: true });
  const replicas = file.members.length;
  return openJetStreamLog({ name: 'bench', connection, directory, replicas });
}
