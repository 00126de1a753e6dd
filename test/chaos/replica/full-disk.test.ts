import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openEmbeddedLog } from '../../../replica/drivers/embedded/embedded-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

interface Report {
  readonly acknowledged: readonly string[];
  readonly acknowledgedWhenFull: number;
  readonly readable: number;
  readonly refusedLater: readonly string[];
  readonly codes: readonly string[];
  readonly blobCode: string;
  readonly blobCodeLater: string;
  readonly leftBehind: readonly string[];
}

test('a full disk refuses with a code, loses nothing, and needs no restart once there is space', async () => {
  const directory = temporaryFolder();
  const script = fileURLToPath(new URL('full-disk-main.ts', import.meta.url));
  const limited = `ulimit -S -f 2000; exec "$0" "$1" "$2"`;
  const output = execFileSync('bash', ['-c', limited, process.execPath, script, directory]);
  const report = JSON.parse(output.toString()) as Report;

  expect(report.codes.length).toBeGreaterThan(0);
  expect(['STORAGE_FULL', 'LOG_IO_FAILED']).toEqual(expect.arrayContaining([...report.codes]));
  expect(report.acknowledgedWhenFull).toBeGreaterThan(100);
  expect(report.readable).toBeGreaterThanOrEqual(report.acknowledgedWhenFull);
  expect(report.blobCode).toBe('STORAGE_FULL');
  expect(report.leftBehind).toEqual([]);
  expect(report.refusedLater).toEqual([]);
  expect(report.blobCodeLater).toBe('stored');

  const log = await openEmbeddedLog({ directory: join(directory, 'log') });
  const entries = await log.read(1, 100_000);
  await log.close();
  const ids = entries.map(({ commandId }) => commandId);
  expect(ids.toSorted()).toEqual(report.acknowledged.toSorted());
});
