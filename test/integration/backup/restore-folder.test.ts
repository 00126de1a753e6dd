/** Where a backup is restored to, and what is left when it is not. */

import {
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { copyRecordedData } from '../../support/backup/backup-lab.ts';
import { tarsctl } from '../../support/e2e/tarsctl.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function backedUp() {
  const folder = temporaryFolder();
  const target = join(folder, 'b.tar');
  expect(await tarsctl(['backup', '--data', copyRecordedData(folder), target])).toMatchObject({
    exitCode: 0,
  });
  return { folder, target };
}

describe('a restore', () => {
  test('refuses a folder with something in it, and says what', async () => {
    const { folder, target } = await backedUp();
    const dataDir = join(folder, 'data');
    const answer = await tarsctl(['restore', target, '--data', dataDir]);
    expect(answer).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/RESTORE_NOT_EMPTY.*packages, patch, recorded\.json, registry/),
    });
  });

  test('a drill of a damaged file says no, and leaves nothing', async () => {
    const { folder, target } = await backedUp();
    const bytes = readFileSync(target);
    writeFileSync(target, bytes.subarray(0, -3_000));
    const answer = await tarsctl(['restore', '--drill', target, '--scratch', folder]);
    expect(answer).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(/cannot be restored as it is[^]*BACKUP_DAMAGED/),
    });
    expect(readdirSync(folder).toSorted()).toEqual(['b.tar', 'data']);
  });

  test.runIf(process.getuid?.() === 0)(
    'by root, it belongs to the owner of the empty folder',
    async () => {
      const { folder, target } = await backedUp();
      const dataDir = join(folder, 'restored');
      mkdirSync(dataDir);
      chownSync(dataDir, 1_234, 2_345);
      expect(await tarsctl(['restore', target, '--data', `${dataDir}/`])).toMatchObject({
        exitCode: 0,
      });
      for (const name of ['', 'registry/log.db', 'patch/snapshots', 'packages/sha256']) {
        const { uid, gid } = statSync(join(dataDir, name));
        expect([name, uid, gid]).toEqual([name, 1_234, 2_345]);
      }
    },
  );

  test('follows a link to an empty folder, and leaves the link', async () => {
    const { folder, target } = await backedUp();
    mkdirSync(join(folder, 'real'));
    symlinkSync('real', join(folder, 'link'));
    const answer = await tarsctl(['restore', target, '--data', join(folder, 'link')]);
    expect(answer, answer.stderr).toMatchObject({ exitCode: 0 });
    expect(readdirSync(join(folder, 'real'))).toEqual(['packages', 'patch', 'registry']);
  });

  test('in a format that it does not have is refused before anything is done', async () => {
    const { folder, target } = await backedUp();
    const before = readdirSync(folder).toSorted();
    for (const args of [
      ['restore', target, '--data', join(folder, 'x')],
      ['backup', '--data', join(folder, 'data'), join(folder, 'y.tar')],
    ]) {
      expect(await tarsctl([...args, '-o', 'name'])).toMatchObject({ exitCode: 64 });
      expect(readdirSync(folder).toSorted()).toEqual(before);
    }
  });
});

test('a target with a slash behind it is the file or folder of that name', async () => {
  const folder = temporaryFolder();
  const args = ['backup', '--data', copyRecordedData(folder), `${join(folder, 'out')}/`];
  expect(await tarsctl(args)).toMatchObject({ exitCode: 0 });
  expect(await tarsctl([...args, '--directory'])).toMatchObject({ exitCode: 1 });
  expect(readdirSync(folder).toSorted()).toEqual(['data', 'out']);
});
