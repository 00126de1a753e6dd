import { expect, test } from 'vitest';
import { openEmbeddedLog } from '../../../replica/drivers/embedded/embedded-log.ts';
import { temporaryFolder } from '../../support/replica/temporary-folder.ts';
import { countOf, runAndKill } from './run-and-kill.ts';

const KILLS = 60;

test('a killed process loses no acknowledged entry, keeps none twice, and leaves an intact chain', async () => {
  const directory = temporaryFolder();
  let acknowledgedCount = 0;
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const acknowledged = await runAndKill('appending-main.ts', directory, `run${kill}`);
    acknowledgedCount += acknowledged.length;
    const log = await openEmbeddedLog({ directory });
    const { sequence, first } = await log.head();
    const entries = await log.read(first, sequence + 1);
    expect(entries.length).toBe(sequence - first + 1);
    const counts = countOf(entries.map(({ commandId }) => commandId));
    expect(acknowledged.filter((commandId) => counts.get(commandId) !== 1)).toEqual([]);
    for (const commandId of acknowledged.slice(-3)) {
      const repeated = await log.append({ commandId, payload: new Uint8Array(1) });
      expect(repeated.duplicate).toBe(true);
    }
    expect((await log.head()).sequence).toBe(sequence);
    await log.trim(sequence - 2_000);
    await log.close();
  }
  console.log(`${KILLS} kills of a log, ${acknowledgedCount} entries acknowledged`);
  expect(acknowledgedCount).toBeGreaterThan(10 * KILLS);
}, 90_000);
