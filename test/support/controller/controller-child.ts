/** A real controller in a process of its own, to be killed: `node controller-child.ts DATA REPOSITORY`. */

import { pino } from 'pino';
import { startController } from '../../../controller/main.ts';

const [dataDir = '', repository = ''] = process.argv.slice(2);
const controller = await startController({
  dataDir,
  version: 'test',
  listen: { host: '127.0.0.1', port: 0 },
  source: { url: repository },
  logger: pino({ level: 'error' }, pino.destination(2)),
});
process.stdout.write(`${controller.url}\n`);
