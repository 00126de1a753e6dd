/** Adds reports as fast as it can, and says which ones are kept: `node reporting-main.ts FOLDER`. */

import { setImmediate as turn } from 'node:timers/promises';
import { ReportBuffer } from '../../../nodeagent/reports/report-buffer.ts';

const [, , folder = ''] = process.argv;
const buffer = new ReportBuffer({
  folder,
  node: 'n1',
  now: Date.now,
  onWriteFailed(error) {
    throw error;
  },
  onAdded: () => {},
  segmentBytesMax: 20_000,
});
for (let number = 1; ; number += 1) {
  buffer.add({ kind: 'notify', at: 1, source: 'A.One', node: 'n1', body: String(number) });
  await turn();
  await turn();
  process.stdout.write(`${number}\n`);
}
