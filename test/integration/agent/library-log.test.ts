import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readLibraryLog } from '../../../nodeagent/output/library-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('the last lines of the newest log are read, wherever the library put it', () => {
  const folder = temporaryFolder();
  const own = join(folder, 'Shop', 'CartServer');
  mkdirSync(own, { recursive: true });
  const older = join(own, 'Shop.CartServer_orders_20260517.log');
  writeFileSync(older, 'an order\n');
  utimesSync(older, 1, 1);
  const newest = join(own, 'Shop.CartServer.log');
  writeFileSync(newest, `${'x'.repeat(100_000)}\n\none\ntwo\nthree`);
  writeFileSync(join(own, 'core.1'), 'no log');
  expect(readLibraryLog(folder, 2)).toEqual([`${newest}:`, 'two', 'three']);
});

test('links are not followed, and nothing is no fault', () => {
  const folder = temporaryFolder();
  expect(readLibraryLog(join(folder, 'none'), 2)).toEqual([]);
  const secret = join(temporaryFolder(), 'secret.log');
  writeFileSync(secret, 'secret\n');
  symlinkSync(secret, join(folder, 'a.log'));
  expect(readLibraryLog(folder, 2)).toEqual([]);
});
