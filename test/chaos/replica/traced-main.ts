/** Appends, trims, closes and opens a log again, and writes out what was acknowledged, for a trace. */

import { openSync, writeSync } from 'node:fs';
import { openEmbeddedLog } from '../../../replica/drivers/embedded/embedded-log.ts';

const [, , directory = '', acknowledgements = ''] = process.argv;
const output = openSync(acknowledgements, 'w');
let count = 0;

for (let run = 0; run < 2; run += 1) {
  const log = await openEmbeddedLog({ directory });
  const append = async (payloadBytes: number) => {
    count += 1;
    const commandId = `c${count}`;
    await log.append({ commandId, payload: new Uint8Array(payloadBytes) });
    writeSync(output, `acknowledged ${commandId}\n`);
  };
  for (let round = 1; round <= 40; round += 1) {
    const inFlight = 1 + (round % 5);
    const payloadBytes = round % 10 === 0 ? 50_000 : 300;
    await Promise.all(Array.from({ length: inFlight }, () => append(payloadBytes)));
    if (round % 20 !== 0) continue;
    const { sequence } = await log.head();
    writeSync(output, `trimming ${sequence - 20}\n`);
    await log.trim(sequence - 20);
  }
  await log.close();
}
