import { expect, test } from 'vitest';
import { openEmbeddedLog } from '../../../replica/drivers/embedded/embedded-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { countOf, killRepeatedly, runAndKill } from './run-and-kill.ts';

test('a killed process loses no acknowledged entry, keeps none twice, and leaves an intact chain', async () => {
  const directory = temporaryFolder();
  let acknowledgedCount = 0;
  const kills = await killRepeatedly(40, async (run) => {
    const acknowledged = await runAndKill('appending-main.ts', directory, run);
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
  });
  console.log(`${kills} kills of a log, ${acknowledgedCount} entries acknowledged`);
  expect(acknowledgedCount).toBeGreaterThan(10 * kills);
}, 90_000);
