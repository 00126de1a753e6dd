import {
  appendFileSync,
  closeSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { InstanceOutput } from '../../../nodeagent/output/instance-output.ts';
import { OutputReader } from '../../../nodeagent/output/output-reader.ts';
import { AgentLab } from '../../support/agent/agent-lab.ts';
import { checkCount, countingStart } from '../../support/agent/counting.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { target } from '../../support/agent/targets.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const limits = { segmentBytes: 1000, archivesMax: 1000 };

function allLines(folder: string): string[] {
  const lines: string[] = [];
  for (let position = 0; ;) {
    const chunk = new OutputReader(folder).linesFrom(position);
    lines.push(...chunk.lines.map(({ text }) => text));
    if (chunk.atEnd) return lines;
    position = chunk.position;
  }
}

const texts = (lines: readonly { readonly text: string }[]): string[] =>
  lines.map(({ text }) => text);

describe('rotation', () => {
  test(
    'of a service that writes as fast as it can loses nothing',
    { timeout: 60_000 },
    async () => {
      const lab = new AgentLab();
      const service = 'Demo.Shouter';
      lab.saveTargets([target({ service, start: countingStart(service, 200, 1) })]);
      await lab.start({ outputLimits: { segmentBytes: 256 * 1024, archivesMax: 10_000 } });
      const log = lab.path(service, 'log');
      const archives = (): string[] =>
        existsSync(log) ? readdirSync(log).filter((name) => name.endsWith('.gz')) : [];
      await eventually(
        () => archives().length >= 8,
        () => `${archives().length} archives`,
        30_000,
      );
      await lab.restartWith([]);
      await eventually(() => lab.observed(service) === undefined);
      const { lines, faults } = checkCount(log);
      expect(faults.slice(0, 5)).toEqual([]);
      expect(lines).toBeGreaterThan(40_000);
      const live = statSync(join(log, 'output.log'));
      expect(live.blocks * 512, 'the head was given back').toBeLessThan(live.size);
    },
  );

  test('keeps positions, whole lines, and only as much as it may', async () => {
    const folder = temporaryFolder();
    const output = new InstanceOutput(folder, { segmentBytes: 1000, archivesMax: 3 });
    const { descriptor, position } = output.open();
    expect(position).toBe(0);
    for (let number = 0; number < 1000; number += 1) writeSync(descriptor, `line ${number}\n`);
    closeSync(descriptor);
    const { position: end } = await new OutputReader(folder).lastLines(1);
    await output.rotate();
    expect(await new OutputReader(folder).lastLines(1)).toEqual({
      lines: [{ text: 'line 999', end }],
      position: end,
    });
    expect(readdirSync(folder).filter((name) => name.endsWith('.gz')).length).toBe(3);
    const left = allLines(folder);
    expect(left.at(-1)).toBe('line 999');
    expect(left[0]).toMatch(/^line \d+$/);
    expect(left.length).toBe(1000 - Number(left[0]!.slice(5)));
    // A new run leaves the file with the hole behind, and goes on at the same position.
    const next = output.open();
    writeSync(next.descriptor, 'after\n');
    closeSync(next.descriptor);
    expect(next.position).toBe(end);
    expect(texts((await new OutputReader(folder).lastLines(2)).lines)).toEqual([
      'line 999',
      'after',
    ]);
    expect(statSync(join(folder, 'output.log')).size).toBe(6);
  });

  test('and a new run at the same moment do not spoil each other', async () => {
    const folder = temporaryFolder();
    const output = new InstanceOutput(folder, limits);
    const written: string[] = [];
    for (let round = 0; round < 10; round += 1) {
      const opened = output.open();
      for (let number = 0; number < 150; number += 1) {
        written.push(`round ${round} line ${number}`);
        writeSync(opened.descriptor, `${written.at(-1)}\n`);
      }
      closeSync(opened.descriptor);
      const rotating = output.rotate();
      const next = output.open();
      await Promise.all([rotating, output.rotate()]);
      closeSync(next.descriptor);
    }
    expect(allLines(folder)).toEqual(written);
  });

  test('where no hole can be punched cuts the file, keeps positions, and says so', async () => {
    const folder = temporaryFolder();
    const output = new InstanceOutput(folder, limits, () => Promise.resolve(false));
    const { descriptor } = output.open();
    for (let round = 0; round < 5; round += 1) {
      for (let number = 0; number < 100; number += 1)
        writeSync(descriptor, `line ${round * 100 + number}\n`);
      await output.rotate();
    }
    closeSync(descriptor);
    expect(output.isLossy).toBe(true);
    expect(allLines(folder)).toEqual(Array.from({ length: 500 }, (_, index) => `line ${index}`));
    expect(statSync(join(folder, 'output.log'), { throwIfNoEntry: false })?.size ?? 0).toBeLessThan(
      1000,
    );
  });

  test('that was killed after the copy and before the hole shows nothing twice', async () => {
    const folder = temporaryFolder();
    const crashing = new InstanceOutput(folder, limits, () => Promise.reject(new Error('killed')));
    const { descriptor } = crashing.open();
    for (let number = 0; number < 300; number += 1) writeSync(descriptor, `line ${number}\n`);
    closeSync(descriptor);
    await expect(crashing.rotate()).rejects.toThrow('killed');
    const expected = Array.from({ length: 300 }, (_, index) => `line ${index}`);
    expect(allLines(folder)).toEqual(expected);
    await new InstanceOutput(folder, limits).rotate();
    expect(allLines(folder)).toEqual(expected);
  });
});

describe('reading', () => {
  test('the last lines crosses archives, blocks and a line that is not complete', async () => {
    const folder = temporaryFolder();
    const output = new InstanceOutput(folder, limits);
    const { descriptor } = output.open();
    const lines = Array.from({ length: 400 }, (_, index) => `${index} ${'x'.repeat(index % 37)}`);
    writeSync(descriptor, `${lines.join('\n')}\n`);
    await output.rotate();
    writeSync(descriptor, 'not complete');
    closeSync(descriptor);
    for (const count of [1, 2, 50, 399, 400, 1000]) {
      expect(texts((await new OutputReader(folder).lastLines(count)).lines)).toEqual(
        lines.slice(-count),
      );
    }
    const threes = lines.filter((line) => line.includes('3'));
    expect(texts((await new OutputReader(folder).lastLines(7, '3')).lines)).toEqual(
      threes.slice(-7),
    );
    expect(texts((await new OutputReader(folder).lastLines(1000, '3')).lines)).toEqual(threes);
    const { position } = await new OutputReader(folder).lastLines(1);
    appendFileSync(join(folder, 'output.log'), ' yet\nnext\n');
    expect(texts(new OutputReader(folder).linesFrom(position).lines)).toEqual([
      'not complete yet',
      'next',
    ]);
  });

  test('nothing at all, one line, and empty lines', async () => {
    const folder = temporaryFolder();
    expect(await new OutputReader(folder).lastLines(5)).toEqual({ lines: [], position: 0 });
    const output = new InstanceOutput(folder, limits);
    const { descriptor } = output.open();
    expect(await new OutputReader(folder).lastLines(5)).toEqual({ lines: [], position: 0 });
    writeSync(descriptor, 'one\n');
    expect(texts((await new OutputReader(folder).lastLines(5)).lines)).toEqual(['one']);
    writeSync(descriptor, '\n\ntwo\n');
    closeSync(descriptor);
    expect(texts((await new OutputReader(folder).lastLines(5)).lines)).toEqual([
      'one',
      '',
      '',
      'two',
    ]);
  });

  test('bytes that are no text, and lines that are too long', async () => {
    const folder = temporaryFolder();
    const output = new InstanceOutput(folder, { segmentBytes: 2_000_000, archivesMax: 10 });
    const { descriptor } = output.open();
    writeSync(descriptor, Buffer.from([0xff, 0xfe, 0x00, 0x41, 0x0a]));
    writeSync(descriptor, `${'y'.repeat(700_000)}\nshort\n`);
    closeSync(descriptor);
    const [bytes, , short] = texts((await new OutputReader(folder).lastLines(3)).lines);
    expect(bytes).toBe('\ufffd\ufffd\u0000A');
    expect(short).toBe('short');
    const all = allLines(folder);
    expect(all.at(-1)).toBe('short');
    expect(Math.max(...all.map((line) => line.length))).toBeLessThanOrEqual(16 * 1024 + 1);
    expect(readFileSync(join(folder, 'output.log')).length).toBe(700_012);
  });
});
