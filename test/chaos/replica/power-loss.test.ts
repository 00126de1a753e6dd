import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { LogStore } from '../../../replica/drivers/embedded/log-store.ts';
import { randomFrom } from '../../support/replica/seeded-random.ts';
import { memoryFolder } from '../../support/temporary-folder.ts';
import { callsOf, TracedDisk } from './traced-disk.ts';

const seed = Number(process.env['POWER_LOSS_SEED'] ?? Date.now() % 1_000_000);
/** Cuts the power at one in so many points of the trace. */
const EVERY = 4;
const CALLS = 'openat,write,pwrite64,fsync,fdatasync,ftruncate,unlink';
const hasStrace = spawnSync('strace', ['-V']).status === 0;

interface Kept {
  readonly first: number;
  readonly ids: ReadonlySet<string>;
}

function reopen(directory: string, image: ReadonlyMap<string, Buffer>): Kept {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  for (const [name, content] of image) writeFileSync(join(directory, name), content);
  const store = new LogStore(directory);
  const { first, sequence } = store.head();
  const ids = new Set(store.read(first, sequence + 1).map(({ commandId }) => commandId));
  store.close();
  return { first, ids };
}

/** Acknowledged ids that must be there: the n-th command is entry n, and trimming forgets. */
function missingOf(written: string, { ids, first }: Kept): string[] {
  const acknowledged = [...written.matchAll(/^acknowledged (c(\d+))$/gm)];
  const trimmed = Math.max(
    0,
    ...[...written.matchAll(/^trimming (\d+)$/gm)].map(([, to]) => Number(to)),
  );
  expect(first, 'trimmed further than asked').toBeLessThanOrEqual(Math.max(1, trimmed));
  return acknowledged
    .filter(([, id, sequence]) => Number(sequence) >= first && !ids.has(id!))
    .map(([, id]) => id!);
}

test.skipIf(!hasStrace)(
  `a power loss at any system call keeps what was acknowledged (POWER_LOSS_SEED=${seed}; needs strace)`,
  () => {
    const folder = memoryFolder();
    const [directory, output] = [join(folder, 'log'), join(folder, 'acknowledged')];
    const trace = join(folder, 'trace');
    const script = fileURLToPath(new URL('traced-main.ts', import.meta.url));
    const strace = ['-f', '-y', '-xx', '-s', '100000', '-e', `trace=${CALLS}`, '-o', trace];
    execFileSync('strace', [...strace, process.execPath, script, directory, output]);

    const random = randomFrom(seed);
    const disk = new TracedDisk(directory, output);
    let points = 0;
    let cuts = 0;
    for (const line of callsOf(readFileSync(trace, 'latin1'))) {
      // Before a sync is where most is at stake.
      const cutBefore = line.includes('fsync(') || line.includes('fdatasync(');
      const changed = cutBefore ? false : disk.follow(line);
      if (changed || cutBefore) points += 1;
      if ((changed || cutBefore) && points % EVERY === 0) {
        cuts += 1;
        const kept = reopen(join(folder, 'copy'), disk.image(random));
        expect(missingOf(disk.written, kept), `lost at point ${points}`).toEqual([]);
      }
      if (cutBefore) disk.follow(line);
    }
    console.log(`power cut at ${cuts} of ${points} points`);
    expect(disk.written).toContain('acknowledged c240');
    expect(cuts).toBeGreaterThan(150);
  },
  60_000,
);
