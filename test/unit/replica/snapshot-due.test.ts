import { expect, test } from 'vitest';
import { SnapshotDue } from '../../../replica/core/snapshot-due.ts';

function after(
  commands: number,
  policy: ConstructorParameters<typeof SnapshotDue>[0],
): SnapshotDue {
  const due = new SnapshotDue(policy);
  for (let sequence = 1; sequence <= commands; sequence += 1) due.add(sequence, 10);
  return due;
}

test.each([
  { name: 'too few commands', commands: 4, policy: { commands: 5 }, isDue: false },
  { name: 'enough commands', commands: 5, policy: { commands: 5 }, isDue: true },
  { name: 'too few bytes', commands: 4, policy: { bytes: 50 }, isDue: false },
  { name: 'enough bytes', commands: 5, policy: { bytes: 50 }, isDue: true },
  { name: 'the defaults', commands: 9_999, policy: undefined, isDue: false },
  { name: 'the defaults, reached', commands: 10_000, policy: undefined, isDue: true },
])('a snapshot is due or not: $name', ({ commands, policy, isDue }) => {
  expect(after(commands, policy).isDue).toBe(isDue);
});

test('a snapshot of somebody else counts, from the entry that it speaks for', () => {
  const due = after(8, { commands: 5, bytes: 60 });
  due.countFrom(4);
  expect([due.isDue, due.hasCommands]).toEqual([false, true]);
  due.add(10, 10);
  expect(due.isDue).toBe(true);
  due.countFrom(2);
  expect(due.isDue).toBe(true);
  due.countFrom(10);
  expect([due.isDue, due.hasCommands]).toEqual([false, false]);
});
