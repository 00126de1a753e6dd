/**
 * A backup of format 1 is restored by this version. `test/fixtures/backup-v1.tar` was written with
 * `writeBackupOf` of `test/support/backup/backup-lab.ts` from `test/fixtures/data-v1`, and is never
 * written again: a later format gets a file of its own.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openBackup } from '../../../controller/backup/open-backup.ts';
import { restoreInto } from '../../../controller/backup/restore-into.ts';
import { openStores } from '../../../controller/open-stores.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const recorded = join(import.meta.dirname, '..', '..', 'fixtures', 'backup-v1.tar');

test('it brings back what was recorded, and goes on from the same place of the log', async () => {
  const dataDir = join(temporaryFolder(), 'data');
  const backup = await openBackup(recorded);
  onTestFinished(() => backup.close());
  const figures = await restoreInto(backup, dataDir, { where: recorded, version: 'later' });
  expect(figures).toMatchObject({
    entries: { registry: 12, patch: 7 },
    nodes: 2,
    scopes: 1,
    instances: 2,
    packages: 2,
    tokens: 1,
  });
  expect(readFileSync(join(dataDir, 'tokens', 'read'), 'utf8')).toBe('recorded-token\n');

  const { registry, patch, close } = await openStores(dataDir, (error) =>
    expect.fail(String(error)),
  );
  onTestFinished(close);
  expect(registry.state.fencingToken).toBe(8);
  expect(registry.state.locks).toMatchObject({ epoch: 1 });
  expect(registry.state.sessions.get('n1')).toMatchObject({ sessionId: 's2' });
  expect(patch.state.packages.get('Shop.CartServer')?.defaultVersion).toBe('1.0.0');
  const { sequence } = await registry.propose({
    type: 'lose-session',
    at: 99,
    node: 'n1',
    sessionId: 's2',
  });
  expect(sequence).toBe(13);
  // A command of an older leader is still refused.
  const { result } = await registry.propose({
    type: 'set-targets',
    at: 100,
    fencingToken: 7,
    upsert: [],
    remove: ['Shop.CartServer@n1'],
    reason: 'late',
  });
  expect(result).toMatchObject({ accepted: false });
});
