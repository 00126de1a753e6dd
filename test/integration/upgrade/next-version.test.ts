/** Members of one cluster are upgraded one after the other, over one log. */

import { expect, onTestFinished, test } from 'vitest';
import {
  withFormat,
  withoutFormat,
  type CommandFormats,
} from '../../../replica/core/command-format.ts';
import type { Replica, StateMachine } from '../../../replica/core/replica.ts';
import { LogCopy } from '../../../replica/drivers/jetstream/log-copy.ts';
import { StreamLog } from '../../../replica/drivers/jetstream/stream-log.ts';
import { openReplica } from '../../../replica/open-replica.ts';
import { openEmbeddedBlobs } from '../../../replica/drivers/embedded/embedded-blobs.ts';
import { FakeSignals } from '../../support/engine/fake-signals.ts';
import { FakeStream } from '../../support/engine/fake-stream.ts';
import { MemoryLog } from '../../support/replica/memory-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

interface Total {
  value: number;
}

type Command =
  | { readonly type: 'add'; readonly amount: number }
  /** Known to the next version only. */
  | { readonly type: 'multiply'; readonly factor: number };

function machineOf(formats: CommandFormats<Command['type']>): StateMachine<Total, Command, number> {
  const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const decode = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as never;
  return {
    initial: () => ({ value: 0 }),
    apply(state, command) {
      if (command.type === 'add') state.value += command.amount;
      else state.value *= command.factor;
      return state.value;
    },
    encodeCommand: (command) => encode(withFormat(formats, command)),
    decodeCommand: (bytes) => withoutFormat(formats, decode(bytes), 'counter'),
    encodeState: encode,
    decodeState: decode,
  };
}

const present = machineOf({ add: 1 } as CommandFormats<Command['type']>);
const next = machineOf({ add: 1, multiply: 1 });

interface Member {
  readonly replica: Replica<Total, Command, number>;
  readonly failures: string[];
  close(): Promise<void>;
}

function openCluster() {
  const stream = new FakeStream();
  const signals = new FakeSignals();
  const disks = [new MemoryLog(), new MemoryLog(), new MemoryLog()];
  const blobs = openEmbeddedBlobs({ directory: temporaryFolder() });
  return async (at: number, machine: StateMachine<Total, Command, number>): Promise<Member> => {
    const failures: string[] = [];
    const log = new StreamLog({
      name: 'counter',
      stream,
      copy: await LogCopy.open(disks[at] ?? new MemoryLog()),
      signals: signals.member(),
      checkEveryMs: 10,
    });
    const replica = await openReplica({
      log,
      blobs: await blobs,
      machine,
      onFailed: ({ code }) => failures.push(code),
    });
    const close = async () => {
      await replica.close();
      await log.close();
    };
    onTestFinished(close);
    return { replica, failures, close };
  };
}

test('a member of the next version joins, and the others go on', async () => {
  const open = openCluster();
  const [a, b, c] = await Promise.all([0, 1, 2].map((at) => open(at, present)));
  await a?.replica.propose({ type: 'add', amount: 3 });
  await c?.close();
  const upgraded = await open(2, next);
  await upgraded.replica.propose({ type: 'add', amount: 4 });
  for (const member of [a, b, upgraded]) {
    await member?.replica.catchUp();
    expect(member?.replica.state).toEqual({ value: 7 });
    expect(member?.failures).toEqual([]);
  }
});

test('a command that only the next version knows stops the others before they misread it', async () => {
  const open = openCluster();
  const [a, b, c] = await Promise.all([0, 1, 2].map((at) => open(at, present)));
  await a?.replica.propose({ type: 'add', amount: 5 });
  await c?.close();
  const upgraded = await open(2, next);
  await upgraded.replica.propose({ type: 'multiply', factor: 2 });
  for (const member of [a, b]) {
    await expect.poll(() => member?.failures).toEqual(['COMMAND_TOO_NEW']);
    await expect(member?.replica.catchUp()).rejects.toMatchObject({ code: 'COMMAND_TOO_NEW' });
    expect(member?.replica.state).toEqual({ value: 5 });
    await member?.close();
  }
  // Upgraded, they go on from their own copies.
  for (const at of [0, 1]) {
    const again = await open(at, next);
    expect(again.replica.state).toEqual({ value: 10 });
  }
});
