import { fc } from '../../support/seeded-property.ts';
import { expect, test } from 'vitest';
import { isTarsierError } from '../../../errors/tarsier-error.ts';
import { openEmbeddedBlobs } from '../../../replica/drivers/embedded/embedded-blobs.ts';
import { openReplica } from '../../../replica/open-replica.ts';
import { counterMachine } from '../../support/replica/counter-machine.ts';
import { MemoryLog, type Fault } from '../../support/replica/memory-log.ts';
import { memoryFolder } from '../../support/temporary-folder.ts';

const fault = fc.constantFrom<Fault>('none', 'none', 'lost', 'appended-but-unanswered', 'slow');

test('whatever the log does to appends, each proposal is applied once, everywhere, in one order', async () => {
  const blobs = await openEmbeddedBlobs({ directory: memoryFolder() });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fault, { maxLength: 120 }),
      fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 3, max: 30 }),
      async (faults, proposers, commands) => {
        const log = new MemoryLog();
        let lastId = 0;
        const ports = {
          newCommandId: () => `id${(lastId += 1)}`,
          wait: () => new Promise<void>((resolve) => setImmediate(resolve)),
        };
        const options = { log, blobs, machine: counterMachine, snapshotEvery: { commands } };
        const replicas = await Promise.all([0, 1, 2].map(() => openReplica(options, ports)));
        log.faults.push(...faults);
        const outcomes = await Promise.allSettled(
          proposers.map((index, position) =>
            replicas[index]!.propose({ name: `p${position}`, amount: 1 }),
          ),
        );
        await Promise.all(replicas.map((replica) => replica.catchUp()));
        const { applied, total } = replicas[0]!.state;
        for (const replica of replicas) expect(replica.state).toEqual({ applied, total });
        expect(new Set(applied).size).toBe(applied.length);
        for (const [position, outcome] of outcomes.entries()) {
          if (outcome.status === 'fulfilled') {
            // The result is the position at which it was applied.
            expect(applied[outcome.value.result - 1]).toBe(`p${position}`);
          } else {
            expect(isTarsierError(outcome.reason) && outcome.reason.code).toBe('LOG_IO_FAILED');
          }
        }
        const later = await openReplica(options, ports);
        expect(later.state).toEqual({ applied, total });
        await Promise.all([...replicas, later].map((replica) => replica.close()));
      },
    ),
    { numRuns: 150 },
  );
});
