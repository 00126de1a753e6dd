/** An agent process for tests that kill it: `node agent-child.ts DATA_DIR [SEGMENT_BYTES] [CONTROLLER_URL]`. */

import { flushCompileCache } from 'node:module';
import { pino } from 'pino';
import { startAgent } from '../../../nodeagent/main.ts';
import { keepMemorySmall } from '../../../nodeagent/small-memory.ts';

keepMemorySmall();
const [, , dataDir = '', segmentBytes = '10485760', controllerUrl = 'http://127.0.0.1:9'] =
  process.argv;
const agent = await startAgent({
  node: 'n1',
  controllerUrls: controllerUrl.split(','),
  token: process.env['TEST_TOKEN'] ?? 'none',
  dataDir,
  logger: pino({ level: process.env['TEST_LOG'] ?? 'error' }, pino.destination(2)),
  outputLimits: { segmentBytes: Number(segmentBytes), archivesMax: 10_000 },
});
// With NODE_COMPILE_CACHE, the next start is quicker; this process is likely to be killed before its exit.
flushCompileCache();
process.stdout.write('started\n');
process.on('SIGTERM', () => {
  void agent.close({ stopServices: false }).then(() => process.exit(0));
});
