import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ReplicaOptions } from '../../../replica/core/log-replica.ts';
import type { Log } from '../../../replica/core/log.ts';
import type { Applied, Replica } from '../../../replica/core/replica.ts';
import {
  openEmbeddedBlobs,
  type EmbeddedBlobs,
} from '../../../replica/drivers/embedded/embedded-blobs.ts';
import { openEmbeddedLog } from '../../../replica/drivers/embedded/embedded-log.ts';
import { openReplica } from '../../../replica/open-replica.ts';
import {
  counterMachine,
  type AddCommand,
  type CounterState,
} from '../../support/replica/counter-machine.ts';
import { MemoryLog } from '../../support/replica/memory-log.ts';
import { memoryFolder } from '../../support/temporary-folder.ts';

/** Loaded machines are slow: what is waited for comes, only later. */
const PATIENCE = { interval: 5, timeout: 20_000 };

type Counter = Replica<CounterState, AddCommand, number>;
type Options = Partial<ReplicaOptions<CounterState, AddCommand, number>>;

interface Opened {
  readonly directory: string;
  readonly log: Log;
  readonly blobs: EmbeddedBlobs;
  readonly replica: Counter;
  close(): Promise<void>;
}

async function open(directory: string, options: Options = {}): Promise<Opened> {
  const log = await openEmbeddedLog({ directory: join(directory, 'log') });
  onTestFinished(() => log.close());
  const blobs = await openEmbeddedBlobs({ directory: join(directory, 'blobs') });
  const replica = await openReplica({ log, blobs, machine: counterMachine, ...options });
  const close = async () => {
    await replica.close();
    await log.close();
  };
  return { directory, log, blobs, replica, close };
}

async function add(replica: Counter, from: number, to: number): Promise<void> {
  const names = Array.from({ length: to - from + 1 }, (_, index) => `n${from + index}`);
  await Promise.all(names.map((name) => replica.propose({ name, amount: 1 })));
}

function damageBlob({ directory }: Opened, digest: string): void {
  const hex = digest.slice('sha256:'.length);
  writeFileSync(join(directory, 'blobs', 'sha256', hex.slice(0, 2), hex.slice(2)), 'damaged');
}

describe('a replica', () => {
  test('applies proposals in order and tells results, subscribers and those who wait', async () => {
    const { replica } = await open(memoryFolder());
    const heard: number[] = [];
    const unsubscribe = replica.subscribe(({ sequence, result }) => heard.push(sequence, result));
    const reached = replica.waitFor(3);
    const applied = await Promise.all(
      [2, 3, 5].map((amount) => replica.propose({ name: `${amount}`, amount })),
    );
    await reached;
    expect(applied.map(({ sequence, result }) => [sequence, result])).toEqual([
      [1, 2],
      [2, 5],
      [3, 10],
    ]);
    expect(heard).toEqual([1, 2, 2, 5, 3, 10]);
    unsubscribe();
    await replica.propose({ name: 'unheard', amount: 1 });
    expect(heard.length).toBe(6);
    expect(replica.state).toEqual({ total: 11, applied: ['2', '3', '5', 'unheard'] });
    expect(replica.sequence).toBe(4);
  });

  test('applies what was encoded, as every other member will', async () => {
    const { replica } = await open(memoryFolder());
    const command = { name: 'a', amount: 1, secret: undefined };
    const { command: applied } = await replica.propose(command);
    expect(Object.keys(applied)).toEqual(['name', 'amount']);
  });

  test('has the same state after a restart, with and without a snapshot', async () => {
    const directory = memoryFolder();
    const first = await open(directory);
    await add(first.replica, 1, 20);
    const { state } = first.replica;
    await first.close();
    const second = await open(directory);
    expect(second.replica.state).toEqual(state);
    await second.replica.snapshot();
    await add(second.replica, 21, 25);
    await second.close();
    const third = await open(directory);
    expect(third.replica.state.applied).toEqual(
      Array.from({ length: 25 }, (_, index) => `n${index + 1}`),
    );
    // The snapshot is recorded in the log, behind the 20 commands it speaks for.
    expect(third.replica.sequence).toBe(26);
  });

  test('snapshots by itself, keeps two, and keeps the log for two more', async () => {
    const opened = await open(memoryFolder(), { snapshotEvery: { commands: 10 } });
    const { replica, log, blobs } = opened;
    let added = 0;
    const addSome = async () => {
      await add(replica, added + 1, added + 5);
      added += 5;
      return (await log.head()).first;
    };
    await expect.poll(addSome, PATIENCE).toBeGreaterThan(60);
    await expect.poll(async () => (await blobs.list()).length, PATIENCE).toBe(2);
    const { first, sequence } = await log.head();
    expect(sequence - first).toBeGreaterThanOrEqual(20);
    await opened.close();
    const { replica: again } = await open(opened.directory);
    expect(again.state.applied.length).toBe(added);
  });

  test('snapshots by bytes', async () => {
    const { replica, blobs } = await open(memoryFolder(), { snapshotEvery: { bytes: 1_000 } });
    await replica.propose({ name: 'x'.repeat(900), amount: 1 });
    expect(await blobs.list()).toEqual([]);
    await replica.propose({ name: 'x'.repeat(900), amount: 1 });
    await expect.poll(async () => (await blobs.list()).length, PATIENCE).toBe(1);
  });

  test('goes on when a snapshot cannot be stored, and says so', async () => {
    const failures: unknown[] = [];
    const directory = memoryFolder();
    const log = await openEmbeddedLog({ directory });
    onTestFinished(() => log.close());
    const blobs = await openEmbeddedBlobs({ directory: join(directory, 'blobs') });
    const full = { ...blobs, put: () => Promise.reject(new Error('no space')) };
    const replica = await openReplica({
      log,
      blobs: full,
      machine: counterMachine,
      snapshotEvery: { commands: 3 },
      onSnapshotFailed: (error) => failures.push(error),
    });
    await add(replica, 1, 10);
    await expect.poll(() => failures.length, PATIENCE).toBeGreaterThan(0);
    await expect(replica.snapshot()).rejects.toThrow('no space');
    await add(replica, 11, 12);
    expect(replica.state.total).toBe(12);
  });
});

async function withSnapshots(count: number): Promise<{ opened: Opened; digests: string[] }> {
  const opened = await open(memoryFolder());
  const digests: string[] = [];
  for (let index = 0; index < count; index += 1) {
    await add(opened.replica, index * 10 + 1, index * 10 + 10);
    await opened.replica.snapshot();
    const all = (await opened.blobs.list()).map(({ digest }) => digest);
    digests.push(...all.filter((digest) => !digests.includes(digest)));
  }
  await add(opened.replica, count * 10 + 1, count * 10 + 3);
  await opened.close();
  return { opened, digests };
}

describe('a damaged snapshot', () => {
  test('is passed over for the one before it, and replaced by the next', async () => {
    const { opened, digests } = await withSnapshots(4);
    damageBlob(opened, digests.at(-1)!);
    const again = await open(opened.directory);
    expect(again.replica.state.applied.length).toBe(43);
    await again.replica.snapshot();
    await again.close();
    expect((await open(opened.directory)).replica.state.applied.length).toBe(43);
  });

  test('is passed over for the log, when that still reaches back to the beginning', async () => {
    const { opened, digests } = await withSnapshots(2);
    for (const digest of digests) damageBlob(opened, digest);
    expect((await open(opened.directory)).replica.state.applied.length).toBe(23);
  });

  test('is refused when nothing else is left', async () => {
    const { opened, digests } = await withSnapshots(4);
    for (const digest of digests.slice(-2)) damageBlob(opened, digest);
    await expect(open(opened.directory)).rejects.toMatchObject({
      code: 'SNAPSHOT_DAMAGED',
      message: expect.stringContaining(digests.at(-1)!),
    });
  });

  test('that is missing is named too', async () => {
    const { opened } = await withSnapshots(3);
    const blobs = await openEmbeddedBlobs({ directory: join(opened.directory, 'blobs') });
    for (const { digest } of await blobs.list()) await blobs.delete(digest);
    expect(readdirSync(join(opened.directory, 'log'))).toContain('log.db');
    await expect(open(opened.directory)).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
  });
});

function proposeOrder(replica: Counter): Promise<Applied<AddCommand, number>> {
  return replica.propose({ name: 'once', amount: 7 }, { commandId: 'order-1' });
}

describe('a repeated command', () => {
  test('is applied once and answered with the first result, also after a restart', async () => {
    const directory = memoryFolder();
    const first = await open(directory);
    const answers = await Promise.all([proposeOrder(first.replica), proposeOrder(first.replica)]);
    await add(first.replica, 1, 3);
    answers.push(await proposeOrder(first.replica));
    await first.close();
    const second = await open(directory);
    answers.push(await proposeOrder(second.replica));
    expect(answers.map(({ sequence, result }) => ({ sequence, result }))).toEqual(
      Array.from({ length: 4 }, () => ({ sequence: 1, result: 7 })),
    );
    expect(second.replica.state.total).toBe(10);
  });

  test('is not applied again when its result is no longer kept', async () => {
    const { replica } = await open(memoryFolder(), { resultsKept: 2 });
    await replica.propose({ name: 'old', amount: 1 }, { commandId: 'old' });
    await add(replica, 1, 2);
    await expect(
      replica.propose({ name: 'old', amount: 1 }, { commandId: 'old' }),
    ).rejects.toMatchObject({
      code: 'COMMAND_RESULT_FORGOTTEN',
      details: { commandId: 'old', sequence: 1 },
    });
    expect(replica.state.total).toBe(3);
  });

  test('has its result however many others are applied at the same time', async () => {
    const { replica } = await open(memoryFolder(), { resultsKept: 1 });
    const names = Array.from({ length: 50 }, (_, index) => `n${index}`);
    const applied = await Promise.all(names.map((name) => replica.propose({ name, amount: 1 })));
    expect(applied.map(({ result }) => result)).toEqual(names.map((_, index) => index + 1));
  });

  test('must not use a reserved id', async () => {
    const { replica } = await open(memoryFolder());
    await expect(
      replica.propose({ name: 'a', amount: 1 }, { commandId: '$a' }),
    ).rejects.toMatchObject({
      code: 'USAGE',
    });
  });
});

describe('several replicas of one log', () => {
  test('apply the same, and a caught-up one has seen everything acknowledged before', async () => {
    const {
      log,
      blobs,
      replica: left,
    } = await open(memoryFolder(), { snapshotEvery: { commands: 7 } });
    const right = await openReplica({
      log,
      blobs,
      machine: counterMachine,
      snapshotEvery: { commands: 5 },
    });
    for (let round = 0; round < 20; round += 1) {
      const [writer, reader] = round % 2 === 0 ? [left, right] : [right, left];
      const { sequence } = await writer.propose({ name: `round${round}`, amount: 1 });
      expect(await reader.catchUp()).toBeGreaterThanOrEqual(sequence);
      expect(reader.state.applied).toContain(`round${round}`);
    }
    await Promise.all([left.catchUp(), right.catchUp()]);
    expect(left.state).toEqual(right.state);
    await right.close();
  });

  test('learn of commands without asking', async () => {
    const { log, blobs, replica: left } = await open(memoryFolder());
    const right = await openReplica({ log, blobs, machine: counterMachine });
    const { sequence } = await left.propose({ name: 'a', amount: 1 });
    await right.waitFor(sequence);
    expect(right.state.applied).toEqual(['a']);
  });

  test('let one of two compare-and-set proposals through', async () => {
    const { log, blobs, replica: left } = await open(memoryFolder());
    const right = await openReplica({ log, blobs, machine: counterMachine });
    const outcomes = await Promise.allSettled(
      [left, right].map((replica, index) =>
        replica.propose({ name: `${index}`, amount: 1 }, { expectedSequence: 0 }),
      ),
    );
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'STALE_SEQUENCE' },
    });
  });
});

describe('failures', () => {
  test('of the state machine stop the replica for good', async () => {
    const directory = memoryFolder();
    const machine = {
      ...counterMachine,
      apply: (state: CounterState, command: AddCommand, sequence: number) => {
        if (command.name === 'poison') throw new Error('cannot');
        return counterMachine.apply(state, command, sequence);
      },
    };
    const { replica } = await open(directory, { machine });
    await add(replica, 1, 2);
    const failed = {
      code: 'REPLICA_FAILED',
      message: expect.stringContaining('entry 3') as string,
    };
    await expect(replica.propose({ name: 'poison', amount: 1 })).rejects.toMatchObject(failed);
    await expect(replica.propose({ name: 'n3', amount: 1 })).rejects.toMatchObject(failed);
    await expect(replica.catchUp()).rejects.toMatchObject(failed);
  });

  test('to decode keep a command out of the log', async () => {
    const { replica, log } = await open(memoryFolder(), {
      machine: {
        ...counterMachine,
        decodeCommand: () => {
          throw new Error('cannot decode');
        },
      },
    });
    await expect(replica.propose({ name: 'a', amount: 1 })).rejects.toThrow('cannot decode');
    expect((await log.head()).sequence).toBe(0);
  });

  test('that do not pass are told with the command id to go on with', async () => {
    const log = new MemoryLog();
    const blobs = await openEmbeddedBlobs({ directory: memoryFolder() });
    const replica = await openReplica(
      { log, blobs, machine: counterMachine },
      { newCommandId: () => 'id-1', wait: () => Promise.resolve() },
    );
    const command = { name: 'a', amount: 1 };
    log.faults.push('lost', 'appended-but-unanswered', 'lost');
    expect((await replica.propose(command)).sequence).toBe(1);
    expect(log.entries.length).toBe(1);
    log.faults.push('lost', 'lost', 'lost', 'lost');
    await expect(replica.propose(command, { commandId: 'id-2' })).rejects.toMatchObject({
      code: 'LOG_IO_FAILED',
      details: { commandId: 'id-2' },
    });
  });

  test('after closing are LOG_CLOSED, for those who wait as well', async () => {
    const opened = await open(memoryFolder());
    const waiting = opened.replica.waitFor(9);
    await opened.replica.close();
    await expect(waiting).rejects.toMatchObject({ code: 'LOG_CLOSED' });
    await expect(opened.replica.propose({ name: 'a', amount: 1 })).rejects.toMatchObject({
      code: 'LOG_CLOSED',
    });
  });
});
