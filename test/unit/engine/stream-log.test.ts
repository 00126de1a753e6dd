/** Members of one log over a stream that loses, repeats and lets in what it should not. */

import { expect, test } from 'vitest';
import { GENESIS_HASH, findChainBreak } from '../../../replica/core/hash-chain.ts';
import { sha256 } from '../../../replica/drivers/sha256.ts';
import { LogCopy } from '../../../replica/drivers/jetstream/log-copy.ts';
import { StreamLog } from '../../../replica/drivers/jetstream/stream-log.ts';
import type { Repair } from '../../../replica/drivers/jetstream/stream-tail.ts';
import { FakeSignals } from '../../support/engine/fake-signals.ts';
import { FakeStream, type PublishFault } from '../../support/engine/fake-stream.ts';
import { MemoryLog } from '../../support/replica/memory-log.ts';
import { randomFrom } from '../../support/replica/seeded-random.ts';
import { fc } from '../../support/seeded-property.ts';

interface Lab {
  readonly stream: FakeStream;
  readonly signals: FakeSignals;
  readonly members: readonly StreamLog[];
  readonly disks: readonly MemoryLog[];
  readonly repairs: Repair[];
  close(): Promise<void>;
}

async function openLab(size: number): Promise<Lab> {
  const stream = new FakeStream();
  const signals = new FakeSignals();
  const repairs: Repair[] = [];
  const disks = Array.from({ length: size }, () => new MemoryLog());
  const members = await Promise.all(
    disks.map(async (disk) => openMember({ stream, signals, repairs }, disk)),
  );
  return {
    stream,
    signals,
    members,
    disks,
    repairs,
    async close() {
      for (const member of members) await member.close();
    },
  };
}

async function openMember(
  { stream, signals, repairs }: Pick<Lab, 'stream' | 'signals' | 'repairs'>,
  disk: MemoryLog,
): Promise<StreamLog> {
  return new StreamLog({
    name: 'test',
    stream,
    copy: await LogCopy.open(disk),
    signals: signals.member(),
    checkEveryMs: 5,
    members: 3,
    onRepair: (repair) => repairs.push(repair),
  });
}

const bytes = (text: string) => new TextEncoder().encode(text);

async function idsOf(member: StreamLog): Promise<readonly string[]> {
  const { sequence, first } = await member.head();
  const entries = await member.read(first, sequence);
  expect(entries).toHaveLength(sequence - first + 1);
  const start = { sequence: 0, hash: GENESIS_HASH };
  if (first === 1) expect(findChainBreak(sha256, start, entries)).toBeUndefined();
  return entries.map(({ commandId }) => commandId);
}

async function appendMany(member: StreamLog, prefix: string, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    await member.append({ commandId: `${prefix}${number}`, payload: bytes(prefix) });
  }
}

type Step =
  | { readonly kind: 'append'; readonly member: number; readonly count: number }
  | { readonly kind: 'fault'; readonly fault: PublishFault }
  | { readonly kind: 'repeat'; readonly member: number }
  | { readonly kind: 'deaf'; readonly isDeaf: boolean }
  | { readonly kind: 'down'; readonly isDown: boolean }
  | { readonly kind: 'lose-middle'; readonly from: number; readonly count: number }
  | { readonly kind: 'lose-tail' | 'lose-last'; readonly count: number };

const member = fc.integer({ min: 0, max: 2 });
const common = [
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      member,
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('repeat' as const), member }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('deaf' as const), isDeaf: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('down' as const), isDown: fc.boolean() }),
  },
];

const losses = [
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('lose-middle' as const),
      from: fc.integer({ min: 1, max: 10 }),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('lose-tail' as const, 'lose-last' as const),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
];

function faults(...kinds: PublishFault[]) {
  const fault = fc.constantFrom(...kinds);
  return { weight: 4, arbitrary: fc.record({ kind: fc.constant('fault' as const), fault }) };
}

const answers = ['refused-unanswered', 'stored-unanswered', 'stored-late'] as const;

/** Carries the steps out and returns the ids of everything that was appended. */
async function carryOut(lab: Lab, steps: readonly Step[]): Promise<Set<string>> {
  const { stream, signals, members } = lab;
  const random = randomFrom(steps.length);
  const wanted = new Set<string>();
  let acknowledged: Promise<unknown>[] = [];
  let lastId = 'none';
  for (const one of steps) {
    if (one.kind === 'append') {
      for (let number = 0; number < one.count; number += 1) {
        lastId = `c${wanted.size}`;
        wanted.add(lastId);
        const appended = members[one.member]?.append({ commandId: lastId, payload: bytes(lastId) });
        acknowledged.push(appended ?? Promise.resolve());
      }
    } else if (one.kind === 'repeat') {
      wanted.add(lastId);
      const appended = members[one.member]?.append({ commandId: lastId, payload: bytes(lastId) });
      acknowledged.push(appended ?? Promise.resolve());
    } else if (one.kind === 'fault') {
      stream.faults.push(one.fault);
    } else if (one.kind === 'down') {
      stream.isDown = one.isDown;
    } else if (one.kind === 'deaf') {
      signals.arrives = one.isDeaf ? () => random(4) === 0 : () => true;
    } else {
      // What every member knows can be put back by every member; less may be lost for good.
      stream.isDown = false;
      await Promise.all(acknowledged);
      acknowledged = [];
      await Promise.all(members.map((log) => log.head()));
      if (one.kind === 'lose-middle') stream.loseMiddle(one.from, one.count);
      else if (one.kind === 'lose-last') stream.loseLast(one.count);
      else stream.loseTail(one.count);
    }
  }
  stream.isDown = false;
  signals.arrives = () => true;
  await Promise.all(acknowledged);
  return wanted;
}

const runs = Number(process.env['PROPERTY_RUNS'] ?? 40);

test.each<[string, fc.Arbitrary<Step>]>([
  ['loses what it acknowledged', fc.oneof(...common, ...losses, faults(...answers))],
  ['forgets to compare the sequence', fc.oneof(...common, faults(...answers, 'stale-let-in'))],
])(
  'every acknowledged append is in every log once, in one order, though the engine %s',
  async (_name, step) => {
    const steps = fc.array(step, { minLength: 1, maxLength: 30 });
    await fc.assert(fc.asyncProperty(steps, checkSteps), { numRuns: runs });
  },
  120_000,
);

async function checkSteps(steps: readonly Step[]): Promise<void> {
  const lab = await openLab(3);
  try {
    const wanted = await carryOut(lab, steps);
    const [first = [], ...others] = await Promise.all(lab.members.map(idsOf));
    expect(first.toSorted()).toEqual([...wanted].toSorted());
    for (const other of others) expect(other).toEqual(first);
    // And whoever comes new reads the same.
    const newcomer = await openMember(lab, new MemoryLog());
    expect(await idsOf(newcomer)).toEqual(first);
    await newcomer.close();
  } finally {
    await lab.close();
  }
}

test('what the engine lost at its end is put back by whoever knows it', async () => {
  const lab = await openLab(2);
  const [left, right] = lab.members as [StreamLog, StreamLog];
  await appendMany(left, 'a', 5);
  await right.head();
  lab.stream.loseTail(3);
  await expect.poll(() => lab.repairs.length).toBeGreaterThan(0);
  await right.append({ commandId: 'next', payload: bytes('next') });
  expect(await idsOf(left)).toEqual(['a0', 'a1', 'a2', 'a3', 'a4', 'next']);
  await lab.close();
});

test('a stream that was deleted is filled again', async () => {
  const lab = await openLab(2);
  await appendMany(lab.members[0] as StreamLog, 'a', 5);
  await lab.members[1]?.head();
  lab.stream.loseTail(1_000);
  await expect.poll(() => lab.stream.messages.length).toBeGreaterThan(0);
  const newcomer = await openMember(lab, new MemoryLog());
  expect(await idsOf(newcomer)).toEqual(['a0', 'a1', 'a2', 'a3', 'a4']);
  await newcomer.close();
  await lab.close();
});

test('a newcomer waits for entries that are missing in the middle, and gets them from others', async () => {
  const lab = await openLab(1);
  await appendMany(lab.members[0] as StreamLog, 'a', 6);
  lab.stream.loseMiddle(2, 2);
  const newcomer = await openMember(lab, new MemoryLog());
  expect(await idsOf(newcomer)).toEqual(['a0', 'a1', 'a2', 'a3', 'a4', 'a5']);
  expect(lab.repairs).toContainEqual(expect.objectContaining({ reason: 'gap' }));
  await newcomer.close();
  await lab.close();
});

test('a member that has other entries than the engine stops and says so', async () => {
  const lab = await openLab(1);
  const [left] = lab.members as [StreamLog];
  await appendMany(left, 'a', 3);
  // The engine loses what only this member knows, while it is cut off; another one goes on.
  await left.close();
  lab.stream.loseTail(2);
  const other = await openMember(lab, new MemoryLog());
  await appendMany(other, 'b', 3);
  const again = await openMember(lab, lab.disks[0] as MemoryLog);
  await expect(again.head()).rejects.toMatchObject({ code: 'LOG_FORKED' });
  await expect(again.append({ commandId: 'x', payload: bytes('x') })).rejects.toMatchObject({
    code: 'LOG_FORKED',
  });
  await again.close();
  await other.close();
});

test('without a majority an append fails in time, and may be repeated under its id', async () => {
  const stream = new FakeStream();
  const signals = new FakeSignals();
  const log = new StreamLog({
    name: 'test',
    stream,
    copy: await LogCopy.open(new MemoryLog()),
    signals: signals.member(),
    appendTimeoutMs: 400,
  });
  await log.head();
  stream.faults.push('stored-unanswered');
  const first = log.append({ commandId: 'one', payload: bytes('one') });
  stream.isDown = true;
  await expect(first).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
  await expect(log.head()).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
  stream.isDown = false;
  const second = await log.append({ commandId: 'one', payload: bytes('one') });
  expect(second.sequence).toBe(1);
  expect(await idsOf(log)).toEqual(['one']);
  await log.close();
});

test('compare-and-set counts entries of all members', async () => {
  const lab = await openLab(2);
  const [left, right] = lab.members as [StreamLog, StreamLog];
  const race = await Promise.allSettled(
    [left, right].map((log, index) =>
      log.append({ commandId: `r${index}`, payload: bytes('r'), expectedSequence: 0 }),
    ),
  );
  expect(race.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  const [lost] = race.filter((outcome) => outcome.status === 'rejected');
  expect(lost?.reason).toMatchObject({ code: 'STALE_SEQUENCE' });
  await lab.close();
});

test('trimming forgets messages that nobody needs, and newcomers begin behind them', async () => {
  const lab = await openLab(2);
  const [left, right] = lab.members as [StreamLog, StreamLog];
  await appendMany(left, 'a', 10);
  await right.head();
  await left.trim(6);
  expect((await left.head()).first).toBe(6);
  expect(lab.stream.messages.length).toBeLessThan(8);
  await expect(left.read(5, 1)).rejects.toMatchObject({ code: 'LOG_TRIMMED' });
  await lab.close();
});

test('a copy that begins later than what the engine lost is no other history', async () => {
  const lab = await openLab(2);
  const [left, right] = lab.members as [StreamLog, StreamLog];
  await appendMany(left, 'a', 10);
  await right.head();
  await left.close();
  await right.close();
  await lab.disks[0]?.trim(8);
  // The stream ends before the copy begins: what lies between is older than the snapshots that count.
  lab.stream.loseTail(5);
  const again = await openMember(lab, lab.disks[0] as MemoryLog);
  expect(await again.head()).toMatchObject({ sequence: 10, first: 8 });
  expect((await again.append({ commandId: 'b', payload: bytes('b') })).sequence).toBe(11);
  await again.close();
});

test('garbage among the messages and the notices is passed over', async () => {
  const lab = await openLab(2);
  const [left, right] = lab.members as [StreamLog, StreamLog];
  await left.append({ commandId: 'one', payload: bytes('one') });
  const stranger = lab.signals.member();
  for (const subject of ['stored', 'missing', 'who', 'known']) {
    for (const text of ['', '{', '{"from":1}', 'x'.repeat(1_000)]) {
      stranger.publish(`log.test.${subject}`, bytes(text));
    }
  }
  const { streamSequence } = await lab.stream.last();
  for (const [index, text] of ['', 'x', '\u0093\u0001', '[]'].entries()) {
    const id = `garbage-${index}`;
    const place = await lab.stream.last();
    expect(place.streamSequence).toBe(streamSequence + index);
    await lab.stream.publish(bytes(text), { expectedLast: place, id });
  }
  await right.append({ commandId: 'two', payload: bytes('two') });
  expect(await idsOf(left)).toEqual(['one', 'two']);
  expect(await idsOf(right)).toEqual(['one', 'two']);
  await lab.close();
});
