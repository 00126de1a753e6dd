import {
  closeSync,
  openSync,
  readdirSync,
  readlinkSync,
  statSync,
  writeFileSync,
  readFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openLogDatabase } from '../../../replica/drivers/embedded/log-database.ts';
import { LogStore } from '../../../replica/drivers/embedded/log-store.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const request = (commandId: string) => ({ commandId, payload: new Uint8Array(10) });
const added = (sequence: number) => [{ sequence, duplicate: false }];
const repeated = (sequence: number) => [{ sequence, duplicate: true }];

/** The number under which this process has a file open. */
function descriptorOf(file: string): number {
  const found = readdirSync('/proc/self/fd').find((name) => {
    try {
      return readlinkSync(join('/proc/self/fd', name)) === file;
    } catch {
      return false;
    }
  });
  expect(found, `${file} is open`).toBeDefined();
  return Number(found);
}

/** Puts another file in the place of an open one: the owner's writes go there from now on. */
function replaceDescriptor(descriptor: number, file: string, flags: string): void {
  closeSync(descriptor);
  expect(openSync(file, flags)).toBe(descriptor);
}

describe('the settings that durability hangs on', () => {
  test('are in force, and the files are private', () => {
    const directory = temporaryFolder();
    const database = openLogDatabase(directory);
    onTestFinished(() => database.close());
    const read = (pragma: string) => Object.values(database.prepare(`PRAGMA ${pragma}`).get()!)[0];
    expect(read('journal_mode')).toBe('wal');
    expect(read('synchronous')).toBe(2);
    expect(read('locking_mode')).toBe('exclusive');
    for (const name of ['log.db', 'log.db-wal', 'log.pid']) {
      expect(statSync(join(directory, name)).mode & 0o777, name).toBe(0o600);
    }
  });
});

describe('a failed write', () => {
  test('of a sync makes it read the file again, and nothing is appended twice', () => {
    const directory = temporaryFolder();
    const store = new LogStore(directory);
    onTestFinished(() => store.close());
    expect(store.append([request('a')])).toEqual(added(1));
    // Takes every write and refuses to sync.
    replaceDescriptor(descriptorOf(join(directory, 'log.db-wal')), '/dev/null', 'r+');
    expect(() => store.append([request('b')])).toThrow(
      expect.objectContaining({ code: 'LOG_IO_FAILED' }),
    );
    expect(store.append([request('a')])).toEqual(repeated(1));
    expect(store.append([request('b')])).toEqual(added(2));
    expect(store.append([request('b')])).toEqual(repeated(2));
    expect(store.read(1, 9).map(({ commandId }) => commandId)).toEqual(['a', 'b']);
  });

  test('of the mark acknowledges nothing until the mark is written', () => {
    const directory = temporaryFolder();
    const store = new LogStore(directory);
    const mark = descriptorOf(join(directory, 'log.head'));
    replaceDescriptor(mark, '/dev/full', 'r+');
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(() => store.append([request('a')])).toThrow(
        expect.objectContaining({ code: 'STORAGE_FULL' }),
      );
    }
    replaceDescriptor(mark, join(directory, 'log.head'), 'r+');
    expect(store.append([request('a')])).toEqual(repeated(1));
    store.close();
    // Without its newest entry the log is refused, because the mark speaks for it.
    const database = openLogDatabase(directory);
    database.exec('DELETE FROM entry');
    database.close();
    expect(() => new LogStore(directory)).toThrow('entries up to 1 were acknowledged');
  });
});

describe('the mark of the head', () => {
  test('survives a torn slot and is refused when both are unreadable', () => {
    const directory = temporaryFolder();
    const file = join(directory, 'log.head');
    let store = new LogStore(directory);
    store.append([request('a')]);
    store.append([request('b')]);
    store.close();
    const bytes = readFileSync(file);
    writeFileSync(file, Buffer.from(bytes).fill(1, 10, 20));
    store = new LogStore(directory);
    expect(store.head().sequence).toBe(2);
    store.close();
    writeFileSync(file, Buffer.from(bytes).fill(1));
    expect(() => new LogStore(directory)).toThrow(
      expect.objectContaining({
        code: 'LOG_DAMAGED',
        message: expect.stringContaining('log.head') as string,
      }),
    );
  });
});
