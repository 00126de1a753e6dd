/** A process that looks after one member, to be killed, or ended with SIGTERM: `node engine-child.ts CLUSTER_FILE DATA BINARY`. */

import { once } from 'node:events';
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
const asked = once(process, 'SIGTERM');
process.stdout.write(`${JSON.stringify({ pid: engine.server?.pid })}\n`);
// The engine itself keeps no process alive.
const timer = setInterval(() => undefined, 60_000);
await asked;
clearInterval(timer);
await engine.close();
process.stdout.write(`${JSON.stringify({ closed: true })}\n`);
