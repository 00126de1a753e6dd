/** Appends to a log until it is killed, and writes each acknowledged command id to its output. */

import { writeSync } from 'node:fs';
import { openEmbeddedLog } from '../../../replica/drivers/embedded/embedded-log.ts';

const [, , directory = '', run = ''] = process.argv;
const IN_FLIGHT = 16;

const log = await openEmbeddedLog({ directory });
let count = 0;

async function appendForEver(): Promise<never> {
  for (;;) {
    count += 1;
    const commandId = `${run}-${count}`;
    const payload = new Uint8Array(1 + ((count * 37) % 700)).fill(count);
    await log.append({ commandId, payload });
    writeSync(1, `${commandId}\n`);
  }
}

await Promise.all(Array.from({ length: IN_FLIGHT }, appendForEver));
