import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { followLog } from '../../../replica/drivers/jetstream/server/follow-log.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

function follow(before?: string) {
  const file = join(temporaryFolder(), 'server.log');
  if (before !== undefined) writeFileSync(file, before);
  const lines: string[] = [];
  const follower = followLog(file, (line) => lines.push(line));
  onTestFinished(() => follower.stop());
  return { file, lines, follower };
}

test('lines from before are left out, and new ones come by themselves', async () => {
  const { file, lines } = follow('old\n');
  appendFileSync(file, 'one\n\ntwo\n');
  await eventually(() => lines.length === 2);
  expect(lines).toEqual(['one', 'two']);
});

test('a file that is not there yet is read from its beginning', () => {
  const { file, lines, follower } = follow();
  follower.readRest();
  writeFileSync(file, 'first\n');
  follower.readRest();
  expect(lines).toEqual(['first']);
});

test('a line that comes in parts is whole, also when a character is cut in two', () => {
  const { file, lines, follower } = follow('');
  const bytes = Buffer.from('größe\n');
  for (const byte of bytes) {
    appendFileSync(file, Uint8Array.of(byte));
    follower.readRest();
  }
  expect(lines).toEqual(['größe']);
});

test('nothing is lost when the file is turned over', () => {
  const { file, lines, follower } = follow('');
  appendFileSync(file, 'a\n');
  follower.readRest();
  appendFileSync(file, 'b\n');
  renameSync(file, `${file}.old`);
  appendFileSync(`${file}.old`, 'c\n');
  writeFileSync(file, 'd\n');
  follower.readRest();
  expect(lines).toEqual(['a', 'b', 'c', 'd']);
});

test('a line without an end does not fill the memory', () => {
  const { file, lines, follower } = follow('');
  appendFileSync(file, 'x'.repeat(1_000_000));
  follower.readRest();
  expect(lines.join('').length).toBeGreaterThan(900_000);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(100_000);
});
