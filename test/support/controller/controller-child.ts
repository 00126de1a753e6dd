/**
 * A real controller in a process of its own, to be killed:
 * `node controller-child.ts DATA REPOSITORY [PORT] [REBUILD_WAIT_MS]`.
 */

import { pino } from 'pino';
import { startController } from '../../../controller/main.ts';

const [dataDir = '', repository = '', port = '0', rebuildWaitMs] = process.argv.slice(2);
const controller = await startController({
  dataDir,
  version: 'test',
  listen: { host: '127.0.0.1', port: Number(port) },
  source: { url: repository },
  ...(rebuildWaitMs === undefined ? {} : { rebuild: { waitMs: Number(rebuildWaitMs) } }),
  logger: pino({ level: 'error' }, pino.destination(2)),
});
process.stdout.write(`${controller.url}\n`);
