/** Entries that the engine lost are put back once, and nobody appends in between. */

import { expect, test } from 'vitest';
import { GENESIS_HASH } from '../../../replica/core/hash-chain.ts';
import { chainCommands, encodeBatch } from '../../../replica/drivers/jetstream/batch.ts';
import { LogCopy } from '../../../replica/drivers/jetstream/log-copy.ts';
import type { MessagePlace } from '../../../replica/drivers/jetstream/log-stream.ts';
import { StreamLog } from '../../../replica/drivers/jetstream/stream-log.ts';
import { FakeSignals } from '../../support/engine/fake-signals.ts';
import { FakeStream } from '../../support/engine/fake-stream.ts';
import { MemoryLog } from '../../support/replica/memory-log.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

interface World {
  readonly stream: FakeStream;
  readonly signals: FakeSignals;
  readonly failures: string[];
}

function newWorld(): World {
  return { stream: new FakeStream(), signals: new FakeSignals(), failures: [] };
}

async function openMember({ stream, signals, failures }: World, disk: MemoryLog) {
  return new StreamLog({
    name: 'test',
    stream,
    copy: await LogCopy.open(disk),
    signals: signals.member(),
    members: 2,
    checkEveryMs: 5,
    onFailed: ({ code }) => failures.push(code),
  });
}

test('a repair that stopped half way is finished before a member that lags appends', async () => {
  const world = newWorld();
  const { stream } = world;
  const commands = Array.from({ length: 20 }, (_, at) => ({
    commandId: `c${at + 1}`,
    payload: bytes('x'),
  }));
  const all = chainCommands('', { sequence: 0, hash: GENESIS_HASH }, commands).entries;
  const put = async (last: MessagePlace, from: number, to: number, upTo = to) => {
    const hash = all[from - 2]?.hash ?? GENESIS_HASH;
    const entries = all.slice(from - 1, to);
    const batch = { behind: last.id, after: { sequence: from - 1, hash }, entries, upTo };
    const id = `${from}-${to}-${last.streamSequence}`;
    await stream.publish(encodeBatch(batch), { expectedLast: last, id });
    return stream.last();
  };
  let last = await put({ streamSequence: 0, id: '' }, 1, 10);
  last = await put(last, 11, 15);
  last = await put(last, 16, 20);
  stream.loseMiddle(1, 1);
  // The first message of a repair; whoever sent it is gone.
  await put(last, 11, 15, 20);
  const [lagging, whole] = [new MemoryLog(), new MemoryLog()];
  await lagging.keep(all.slice(0, 15));
  await whole.keep(all);
  const late = await openMember(world, lagging);
  const appending = late.append({ commandId: 'next', payload: bytes('x') });
  const knowing = await openMember(world, whole);
  expect((await appending).sequence).toBe(21);
  expect((await knowing.head()).sequence).toBe(21);
  expect(world.failures).toEqual([]);
  await late.close();
  await knowing.close();
});

test('an empty member appends behind everything that another one is putting back', async () => {
  const world = newWorld();
  const disk = new MemoryLog();
  const first = await openMember(world, disk);
  const appends = Array.from({ length: 2_500 }, (_, at) =>
    first.append({ commandId: `c${at}`, payload: bytes('x') }),
  );
  await Promise.all(appends);
  await first.close();
  world.stream.loseTail(1_000_000);
  const again = await openMember(world, disk);
  await expect.poll(() => world.stream.messages.length, { interval: 1 }).toBeGreaterThan(0);
  const empty = await openMember(world, new MemoryLog());
  const { sequence } = await empty.append({ commandId: 'next', payload: bytes('x') });
  expect(sequence).toBe(2_501);
  expect((await again.head()).sequence).toBe(2_501);
  expect(world.failures).toEqual([]);
  await empty.close();
  await again.close();
});

test('a log goes on when the last message vanishes and the engine counts on behind it', async () => {
  const world = newWorld();
  const log = await openMember(world, new MemoryLog());
  for (let at = 0; at < 5; at += 1) {
    await log.append({ commandId: `c${at}`, payload: bytes('x') });
  }
  world.stream.loseLast(1);
  expect((await log.append({ commandId: 'next', payload: bytes('x') })).sequence).toBe(6);
  await log.close();
  const newcomer = await openMember(world, new MemoryLog());
  expect((await newcomer.head()).sequence).toBe(6);
  await newcomer.close();
});

test('a gap that is repaired is not repaired again', async () => {
  const world = newWorld();
  const disk = new MemoryLog();
  const log = await openMember(world, disk);
  for (let at = 0; at < 10; at += 1) {
    await log.append({ commandId: `c${at}`, payload: bytes('x') });
  }
  world.stream.loseMiddle(2, 1);
  // Looked for after some checks of the end.
  await expect.poll(() => world.stream.messages.length).toBeGreaterThan(9);
  await log.close();
  const { length } = world.stream.messages;
  for (let start = 0; start < 3; start += 1) {
    const again = await openMember(world, disk);
    const checks = world.stream.looks + 40;
    await expect.poll(() => world.stream.looks, { timeout: 5_000 }).toBeGreaterThan(checks);
    await again.close();
  }
  expect(world.stream.messages.length).toBe(length);
});
