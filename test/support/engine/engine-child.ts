/** A process that looks after one member, to be killed: `node engine-child.ts CLUSTER_FILE DATA BINARY`. */

import { pino } from 'pino';
import { readClusterFile } from '../../../controller/cluster/cluster-file.ts';
import { openEngine } from '../../../controller/cluster/open-engine.ts';

const [clusterFile = '', dataDir = '', binary = ''] = process.argv.slice(2);
const engine = await openEngine({
  clusterFile: await readClusterFile(clusterFile),
  dataDir,
  binary,
  logger: pino({ level: 'silent' }),
});
process.stdout.write(`${JSON.stringify({ pid: engine.server?.pid })}\n`);
// The engine itself keeps no process alive.
setInterval(() => undefined, 60_000);
