import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openEmbeddedBlobs } from '../../../replica/drivers/embedded/embedded-blobs.ts';
import { openEmbeddedLog } from '../../../replica/drivers/embedded/embedded-log.ts';
import { openReplica } from '../../../replica/open-replica.ts';
import { counterMachine } from '../../support/replica/counter-machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { countOf, killRepeatedly, runAndKill } from './run-and-kill.ts';

test('a killed replica applies every acknowledged command once, across snapshots and trims', async () => {
  const directory = temporaryFolder();
  const acknowledged: string[] = [];
  let first = 1;
  const kills = await killRepeatedly(40, async (run) => {
    acknowledged.push(...(await runAndKill('proposing-main.ts', directory, run)));
    const log = await openEmbeddedLog({ directory: join(directory, 'log') });
    const blobs = await openEmbeddedBlobs({ directory: join(directory, 'blobs') });
    const replica = await openReplica({ log, blobs, machine: counterMachine });
    const counts = countOf(replica.state.applied);
    expect(acknowledged.filter((name) => counts.get(name) !== 1)).toEqual([]);
    expect([...counts.values()].filter((count) => count !== 1)).toEqual([]);
    expect(replica.state.total).toBe(replica.state.applied.length);
    ({ first } = await log.head());
    await replica.close();
    await log.close();
  });
  console.log(`${kills} kills of a replica, ${acknowledged.length} commands, trimmed to ${first}`);
  expect(acknowledged.length).toBeGreaterThan(2 * kills);
  expect(first).toBeGreaterThan(1);
}, 90_000);
