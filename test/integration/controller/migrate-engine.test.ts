/** A move to another engine that was broken off anywhere goes on; one of another folder is refused untouched. */

import { cpSync, existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  migrateToEmbedded,
  migrateToJetStream,
  mustBeMember,
} from '../../../controller/migrate/migrate-engine.ts';
import {
  claimForEngine,
  readEngineMark,
  writeEngineMark,
} from '../../../controller/engine-mark.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const recorded = join(import.meta.dirname, '..', '..', 'fixtures', 'data-v1');
const member = { cluster: 'test', member: 'a' };

function oldFolder(): string {
  const folder = join(temporaryFolder(), 'data');
  cpSync(recorded, folder, { recursive: true });
  return folder;
}

/** The first files of a move, in its order, and nothing else of it. */
function moveSome(dataDir: string, to: 'embedded' | 'jetstream', count: number): number {
  const moves = ['registry', 'patch'].flatMap((store) => {
    const [alone, copy] = [join(dataDir, store), join(dataDir, store, 'copy')];
    const [from, target] = to === 'jetstream' ? [alone, copy] : [copy, alone];
    const files = existsSync(from)
      ? readdirSync(from).filter((name) => name.startsWith('log.'))
      : [];
    return files
      .toSorted()
      .toReversed()
      .map((name) => ({ from: join(from, name), target: join(target, name), folder: target }));
  });
  for (const move of moves.slice(0, count)) {
    mkdirSync(move.folder, { recursive: true });
    renameSync(move.from, move.target);
  }
  return moves.length;
}

test('a move into a cluster goes on after any of its steps, also in a folder of an older version', async () => {
  const whole = await migrateToJetStream({ dataDir: oldFolder(), dryRun: true }, member);
  const steps = moveSome(oldFolder(), 'jetstream', 0);
  expect(steps).toBeGreaterThan(3);
  for (let step = 0; step <= steps; step += 1) {
    const dataDir = oldFolder();
    await writeEngineMark(dataDir, { engine: 'embedded' });
    moveSome(dataDir, 'jetstream', step);
    const moved = await migrateToJetStream({ dataDir, dryRun: false }, member);
    expect(moved.stores, `after step ${step}`).toEqual(whole.stores);
    expect(readEngineMark(dataDir)).toEqual({ engine: 'jetstream', ...member });
  }
});

test('a move out of a cluster goes on after any of its steps', async () => {
  const prepare = async () => {
    const dataDir = oldFolder();
    const { stores } = await migrateToJetStream({ dataDir, dryRun: false }, member);
    return { dataDir, stores };
  };
  const { dataDir: first, stores } = await prepare();
  const steps = moveSome(first, 'embedded', 0);
  for (let step = 0; step <= steps; step += 1) {
    const { dataDir } = await prepare();
    moveSome(dataDir, 'embedded', step);
    const moved = await migrateToEmbedded({ dataDir, dryRun: false });
    expect(moved.stores, `after step ${step}`).toEqual(stores);
    expect(existsSync(join(dataDir, 'registry', 'copy'))).toBe(false);
  }
});

test('a folder of somebody else is refused with what it is', async () => {
  const empty = temporaryFolder();
  expect(() => mustBeMember(empty, member)).toThrow('it is empty');
  const alone = oldFolder();
  expect(() => mustBeMember(alone, member)).toThrow('of the engine embedded');
  await migrateToJetStream({ dataDir: alone, dryRun: false }, member);
  expect(() => mustBeMember(alone, member)).not.toThrow();
  expect(() => mustBeMember(alone, { ...member, member: 'b' })).toThrow('not that of member b');
  // Started alone by mistake, it is told what it is, and not to move.
  await expect(claimForEngine(alone, { engine: 'embedded' })).rejects.toThrow(
    'belongs to member a of cluster test',
  );
  expect(readdirSync(empty)).toEqual([]);
});
