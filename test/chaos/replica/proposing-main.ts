/** Proposes to a replica that snapshots often, until killed; writes each acknowledged name out. */

import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { openEmbeddedBlobs } from '../../../replica/drivers/embedded/embedded-blobs.ts';
import { openEmbeddedLog } from '../../../replica/drivers/embedded/embedded-log.ts';
import { openReplica } from '../../../replica/open-replica.ts';
import { counterMachine } from '../../support/replica/counter-machine.ts';

const [, , directory = '', run = ''] = process.argv;
const IN_FLIGHT = 4;

const log = await openEmbeddedLog({ directory: join(directory, 'log') });
const blobs = await openEmbeddedBlobs({ directory: join(directory, 'blobs') });
const machine = counterMachine;
const replica = await openReplica({ log, blobs, machine, snapshotEvery: { commands: 40 } });
let count = 0;

async function proposeForEver(): Promise<never> {
  for (;;) {
    count += 1;
    const name = `${run}-${count}`;
    await replica.propose({ name, amount: 1 }, { commandId: name });
    writeSync(1, `${name}\n`);
  }
}

await Promise.all(Array.from({ length: IN_FLIGHT }, proposeForEver));
