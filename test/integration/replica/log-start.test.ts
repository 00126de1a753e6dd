import { describe, expect, onTestFinished, test } from 'vitest';
import type { Log } from '../../../replica/core/log.ts';
import { openEmbeddedLog } from '../../../replica/drivers/embedded/embedded-log.ts';
import type { LogStart } from '../../../replica/drivers/embedded/log-start.ts';
import { memoryFolder } from '../../support/temporary-folder.ts';

const GENESIS = '0'.repeat(64);
const hash = 'ab'.repeat(32);

async function open(directory: string, startAt?: LogStart): Promise<Log> {
  const log = await openEmbeddedLog({ directory, ...(startAt === undefined ? {} : { startAt }) });
  onTestFinished(() => log.close());
  return log;
}

const append = (log: Log, commandId: string) =>
  log.append({ commandId, payload: new TextEncoder().encode(`payload of ${commandId}`) });

/** A log of three entries, and what is behind the second. */
async function original(): Promise<{ readonly log: Log; readonly second: LogStart }> {
  const log = await open(memoryFolder());
  for (const id of ['a', 'b', 'c']) await append(log, id);
  const [entry] = await log.read(2, 1);
  return { log, second: { sequence: 2, hash: entry?.hash ?? '' } };
}

describe('a log that goes on from another one', () => {
  test('begins behind the position, and makes the same chain from the same commands', async () => {
    const { log, second } = await original();
    const copy = await open(memoryFolder(), second);
    expect(await copy.head()).toEqual({ ...second, first: 3 });
    expect(await copy.read(3, 10)).toEqual([]);
    expect(await append(copy, 'c')).toEqual({ sequence: 3, duplicate: false });
    expect(await copy.read(3, 10)).toEqual(await log.read(3, 10));
    expect((await copy.head()).hash).toBe((await log.head()).hash);
  });

  test('does not have what is before the position', async () => {
    const { second } = await original();
    const copy = await open(memoryFolder(), second);
    await expect(copy.read(2, 1)).rejects.toMatchObject({
      code: 'LOG_TRIMMED',
      details: { first: 3 },
    });
  });

  test('is opened again like any other log, empty or with entries', async () => {
    const directory = memoryFolder();
    const start = { sequence: 7, hash };
    await (await open(directory, start)).close();
    const empty = await open(directory);
    expect(await empty.head()).toEqual({ ...start, first: 8 });
    await append(empty, 'x');
    await empty.close();
    const again = await open(directory);
    expect((await again.read(8, 10)).map(({ commandId }) => commandId)).toEqual(['x']);
    await again.trim(8);
    expect(await again.head()).toMatchObject({ sequence: 8, first: 8 });
  });

  test('may be started twice while it has no entries, as after a crash', async () => {
    const directory = memoryFolder();
    const start = { sequence: 7, hash };
    await (await open(directory, start)).close();
    expect(await (await open(directory, start)).head()).toEqual({ ...start, first: 8 });
  });

  test('the very beginning is a position, too', async () => {
    const log = await open(memoryFolder(), { sequence: 0, hash: GENESIS });
    expect(await append(log, 'first')).toEqual({ sequence: 1, duplicate: false });
  });
});

describe('what is refused', () => {
  test.each([
    ['entries at the same position', 7, 1],
    ['another position', 8, 0],
  ])('a directory with %s, and its log stays as it is', async (_name, sequence, entries) => {
    const directory = memoryFolder();
    const first = await open(directory, { sequence: 7, hash });
    if (entries > 0) await append(first, 'x');
    await first.close();
    await expect(openEmbeddedLog({ directory, startAt: { sequence, hash } })).rejects.toMatchObject(
      { code: 'LOG_NOT_EMPTY', details: { head: 7 + entries } },
    );
    expect(await (await open(directory)).head()).toMatchObject({ sequence: 7 + entries, first: 8 });
  });

  test.each([
    ['a negative sequence', { sequence: -1, hash }],
    ['half an entry', { sequence: 1.5, hash }],
    ['a hash that is none', { sequence: 1, hash: `${hash.slice(1)}'` }],
    ['another beginning', { sequence: 0, hash }],
  ])('%s', async (_name, startAt) => {
    const directory = memoryFolder();
    await expect(openEmbeddedLog({ directory, startAt })).rejects.toMatchObject({ code: 'USAGE' });
    expect(await (await open(directory)).head()).toMatchObject({ sequence: 0, first: 1 });
  });
});
