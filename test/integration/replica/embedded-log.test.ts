import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Log } from '../../../replica/core/log.ts';
import { openEmbeddedLog } from '../../../replica/drivers/embedded/embedded-log.ts';
import { memoryFolder } from '../../support/temporary-folder.ts';

/** Loaded machines are slow: what is waited for comes, only later. */
const PATIENCE = { interval: 5, timeout: 20_000 };

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (content: Uint8Array | undefined) => new TextDecoder().decode(content);

async function open(directory: string): Promise<Log> {
  const log = await openEmbeddedLog({ directory });
  onTestFinished(() => log.close());
  return log;
}

async function fill(log: Log, count: number): Promise<void> {
  const appends = Array.from({ length: count }, (_, index) =>
    log.append({ commandId: `c${index + 1}`, payload: bytes(`payload ${index + 1}`) }),
  );
  await Promise.all(appends);
}

describe('embedded log', () => {
  test('starts empty and numbers entries from 1', async () => {
    const log = await open(memoryFolder());
    expect(await log.head()).toEqual({ sequence: 0, hash: '0'.repeat(64), first: 1 });
    expect(await log.append({ commandId: 'a', payload: bytes('x') })).toEqual({
      sequence: 1,
      duplicate: false,
    });
    const [entry] = await log.read(1, 10);
    expect(entry).toMatchObject({ sequence: 1, commandId: 'a' });
    expect(text(entry?.payload)).toBe('x');
    expect(await log.head()).toEqual({ sequence: 1, hash: entry?.hash, first: 1 });
  });

  test('keeps the order of concurrent calls', async () => {
    const log = await open(memoryFolder());
    await fill(log, 3_000);
    const entries = await log.read(1, 5_000);
    expect(entries.map(({ commandId }) => commandId)).toEqual(
      Array.from({ length: 3_000 }, (_, index) => `c${index + 1}`),
    );
    expect(text(entries[2_345]?.payload)).toBe('payload 2346');
  });

  test('keeps payloads apart that share a buffer, and empty ones', async () => {
    const log = await open(memoryFolder());
    const shared = bytes('abcdef');
    await Promise.all([
      log.append({ commandId: '1', payload: shared.subarray(0, 2) }),
      log.append({ commandId: '2', payload: shared.subarray(2, 2) }),
      log.append({ commandId: '3', payload: shared.subarray(2) }),
    ]);
    const payloads = (await log.read(1, 3)).map(({ payload }) => text(payload));
    expect(payloads).toEqual(['ab', '', 'cdef']);
  });

  test('answers a repeated command id with the first sequence, in a batch and after a restart', async () => {
    const directory = memoryFolder();
    const log = await open(directory);
    const batch = ['a', 'b', 'a'].map((commandId) =>
      log.append({ commandId, payload: bytes('1') }),
    );
    expect(await Promise.all(batch)).toEqual([
      { sequence: 1, duplicate: false },
      { sequence: 2, duplicate: false },
      { sequence: 1, duplicate: true },
    ]);
    await log.close();
    const again = await open(directory);
    expect(await again.append({ commandId: 'b', payload: bytes('other') })).toEqual({
      sequence: 2,
      duplicate: true,
    });
    expect((await again.head()).sequence).toBe(2);
  });

  test('compares and sets: one of two proposers wins, a repeated winner is answered again', async () => {
    const log = await open(memoryFolder());
    await fill(log, 3);
    const outcomes = await Promise.allSettled(
      ['left', 'right'].map((commandId) =>
        log.append({ commandId, payload: bytes(''), expectedSequence: 3 }),
      ),
    );
    expect(outcomes[0]).toMatchObject({ value: { sequence: 4, duplicate: false } });
    expect(outcomes[1]).toMatchObject({
      reason: { code: 'STALE_SEQUENCE', details: { expected: 3, head: 4 } },
    });
    const repeated = log.append({ commandId: 'left', payload: bytes(''), expectedSequence: 3 });
    expect(await repeated).toEqual({ sequence: 4, duplicate: true });
  });

  test('trims, keeps the newest entry, forgets the command ids, and says what it still has', async () => {
    const directory = memoryFolder();
    const log = await open(directory);
    await fill(log, 5_000);
    await log.trim(4_901);
    expect(await log.head()).toMatchObject({ sequence: 5_000, first: 4_901 });
    await expect(log.read(4_900, 1)).rejects.toMatchObject({
      code: 'LOG_TRIMMED',
      details: { first: 4_901 },
    });
    expect((await log.read(4_901, 9_999)).length).toBe(100);
    await log.trim(10_000);
    expect(await log.head()).toMatchObject({ sequence: 5_000, first: 5_000 });
    await log.close();
    const again = await open(directory);
    expect((await again.read(5_000, 2)).map(({ commandId }) => commandId)).toEqual(['c5000']);
    expect(await again.append({ commandId: 'c1', payload: bytes('') })).toEqual({
      sequence: 5_001,
      duplicate: false,
    });
  });

  test('appends go on while a long log is trimmed', async () => {
    const log = await open(memoryFolder());
    await fill(log, 20_000);
    let trimmed = false;
    const trim = log.trim(20_000).then(() => (trimmed = true));
    const before: boolean[] = [];
    for (let index = 0; index < 3; index += 1) {
      await log.append({ commandId: `during${index}`, payload: bytes('') });
      before.push(trimmed);
    }
    await trim;
    expect(before).toContain(false);
    expect(await log.head()).toMatchObject({ sequence: 20_003, first: 20_000 });
  });

  test('tells subscribers the newest durable sequence', async () => {
    const log = await open(memoryFolder());
    const seen: number[] = [];
    const unsubscribe = log.subscribe((sequence) => seen.push(sequence));
    await fill(log, 10);
    await expect.poll(() => seen.at(-1), PATIENCE).toBe(10);
    unsubscribe();
    await log.append({ commandId: 'more', payload: bytes('') });
    await log.head();
    expect(seen.at(-1)).toBe(10);
  });

  test('commits what waits before it closes, then refuses', async () => {
    const directory = memoryFolder();
    const log = await open(directory);
    const appended = fill(log, 2_500);
    await log.close();
    await appended;
    await expect(log.append({ commandId: 'late', payload: bytes('') })).rejects.toMatchObject({
      code: 'LOG_CLOSED',
    });
    await expect(log.head()).rejects.toMatchObject({ code: 'LOG_CLOSED' });
    expect((await (await open(directory)).head()).sequence).toBe(2_500);
  });

  test.each([
    ['an empty id', ''],
    ['a space', 'a b'],
    ['a control character', 'a\n'],
    ['a character beyond ASCII', 'ä'],
    ['201 characters', 'x'.repeat(201)],
  ])('refuses a command id with %s', async (_, commandId) => {
    const log = await open(memoryFolder());
    await expect(log.append({ commandId, payload: bytes('') })).rejects.toMatchObject({
      code: 'USAGE',
    });
  });

  test('refuses a command over the limit and takes one at the limit', async () => {
    const log = await openEmbeddedLog({ directory: memoryFolder(), entryBytesMax: 100 });
    onTestFinished(() => log.close());
    const append = (size: number) =>
      log.append({ commandId: `size${size}`, payload: new Uint8Array(size) });
    await expect(append(101)).rejects.toMatchObject({ code: 'LOG_ENTRY_TOO_LARGE' });
    expect(await append(100)).toEqual({ sequence: 1, duplicate: false });
  });

  test('refuses a second opener, in this process and in another, and names the holder', async () => {
    const directory = memoryFolder();
    await open(directory);
    const locked = { code: 'LOG_LOCKED', details: { pid: process.pid } };
    await expect(openEmbeddedLog({ directory })).rejects.toMatchObject(locked);
    const module = new URL('../../../replica/drivers/embedded/embedded-log.ts', import.meta.url);
    const script = `
      const { openEmbeddedLog } = await import(${JSON.stringify(module.href)});
      await openEmbeddedLog({ directory: process.argv[1] }).catch((error) => console.log(error.message));
    `;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script, directory]);
    expect(child.stdout.toString()).toContain(`is in use by process ${process.pid}.`);
  });
});

async function closedLog(): Promise<string> {
  const directory = memoryFolder();
  const log = await openEmbeddedLog({ directory });
  await fill(log, 20);
  await log.close();
  return directory;
}

function change(directory: string, statement: string): void {
  const database = new DatabaseSync(join(directory, 'log.db'));
  database.exec(statement);
  database.close();
}

describe('what an embedded log refuses to open', () => {
  test.each([
    [
      'a changed payload',
      "UPDATE entry SET payload = x'00' WHERE sequence = 7",
      'entry 7 does not',
    ],
    ['a lost entry', 'DELETE FROM entry WHERE sequence = 7', 'entry 7 is missing'],
    [
      'lost newest entries',
      'DELETE FROM entry WHERE sequence > 18',
      'acknowledged, but it ends with 18',
    ],
    ['lost oldest entries', 'DELETE FROM entry WHERE sequence < 3', 'entry 1 is missing'],
    ['all entries lost', 'DELETE FROM entry', 'acknowledged, but it ends with 0'],
    ['a changed base', "UPDATE base SET hash = 'f'", 'entry 1 does not match'],
    ['no base', 'DELETE FROM base', 'does not say where it begins'],
    ['a lost table', 'DROP TABLE entry', 'no such table'],
    ['another application', 'PRAGMA application_id = 1', 'not a log'],
  ])('%s', async (_, statement, reason) => {
    const directory = await closedLog();
    change(directory, statement);
    await expect(openEmbeddedLog({ directory })).rejects.toMatchObject({
      code: 'LOG_DAMAGED',
      message: expect.stringContaining(reason),
    });
  });

  test('a history that was rewritten with a chain of its own', async () => {
    const directory = await closedLog();
    const other = memoryFolder();
    const log = await openEmbeddedLog({ directory: other });
    for (let index = 0; index < 25; index += 1) {
      await log.append({ commandId: `other${index}`, payload: bytes('') });
    }
    await log.close();
    writeFileSync(join(directory, 'log.db'), readFileSync(join(other, 'log.db')));
    await expect(openEmbeddedLog({ directory })).rejects.toMatchObject({
      code: 'LOG_DAMAGED',
      message: expect.stringContaining('entry 20 is not the one that was acknowledged'),
    });
  });

  test('a database that is gone while the mark of its head is still there', async () => {
    const directory = await closedLog();
    rmSync(join(directory, 'log.db'));
    await expect(openEmbeddedLog({ directory })).rejects.toMatchObject({ code: 'LOG_DAMAGED' });
  });

  test('a file that is no database', async () => {
    const directory = memoryFolder();
    writeFileSync(join(directory, 'log.db'), 'hello '.repeat(1_000));
    await expect(openEmbeddedLog({ directory })).rejects.toMatchObject({ code: 'LOG_DAMAGED' });
  });

  test('a place where no directory can be', async () => {
    const directory = join(memoryFolder(), 'file', 'log');
    writeFileSync(join(directory, '..'), '');
    await expect(openEmbeddedLog({ directory })).rejects.toMatchObject({ code: 'LOG_IO_FAILED' });
  });

  test('a newer format, and does not touch it', async () => {
    const directory = await closedLog();
    change(directory, 'PRAGMA user_version = 9');
    await expect(openEmbeddedLog({ directory })).rejects.toMatchObject({
      code: 'LOG_TOO_NEW',
      details: { format: 9, known: 1 },
    });
    change(directory, 'PRAGMA user_version = 1');
    expect((await (await open(directory)).head()).sequence).toBe(20);
  });

  test('lost newest entries are accepted once the operator removes the mark', async () => {
    const directory = await closedLog();
    change(directory, 'DELETE FROM entry WHERE sequence > 18');
    rmSync(join(directory, 'log.head'));
    expect((await (await open(directory)).head()).sequence).toBe(18);
  });
});
