/** The disk-backed buffer of reports: order, bounds, damage, a full disk. */

import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CollectedEntry } from '../../../link/messages/collected-entry.ts';
import {
  ReportBuffer,
  type Cursor,
  type ReportBufferOptions,
} from '../../../nodeagent/reports/report-buffer.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

function open(folder: string, options: Partial<ReportBufferOptions> = {}): ReportBuffer {
  const buffer = new ReportBuffer({
    folder,
    node: 'n1',
    now: () => 7,
    onWriteFailed(error) {
      throw error;
    },
    onAdded: () => {},
    ...options,
  });
  onTestFinished(() => buffer.close());
  return buffer;
}

const entry = (body: string): CollectedEntry => ({
  kind: 'notify',
  at: 1,
  source: 'A.One',
  node: 'n1',
  body,
});

function readAll(buffer: ReportBuffer): string[] {
  const bodies: string[] = [];
  let cursor: Cursor | undefined;
  for (;;) {
    const batch = buffer.read(cursor);
    if (batch === undefined) return bodies;
    for (const one of batch.entries) bodies.push(`${one.kind} ${one.body}`);
    cursor = batch.next;
  }
}

function fill(buffer: ReportBuffer, bodies: readonly string[]): void {
  for (const body of bodies) buffer.add(entry(body));
  buffer.flush();
}

const numbered = (count: number, length = 0) =>
  Array.from({ length: count }, (_, index) => `${index} `.padEnd(length, 'ä'));

const notes = (bodies: readonly string[]) => bodies.map((body) => `notify ${body}`);

describe('a report buffer', () => {
  it('gives back what was added, in order, also after another start', () => {
    const folder = temporaryFolder();
    const first = open(folder, { segmentBytesMax: 10_000 });
    fill(first, numbered(300, 50));
    expect(readAll(first)).toEqual(notes(numbered(300, 50)));
    first.close();
    const second = open(folder);
    fill(second, ['last']);
    expect(readAll(second)).toEqual([...notes(numbered(300, 50)), 'notify last']);
  });

  it('numbers the entries of each start anew, in a stream of its own', () => {
    const folder = temporaryFolder();
    const first = open(folder);
    fill(first, ['a', 'b']);
    first.close();
    const second = open(folder);
    fill(second, ['c']);
    const one = second.read(undefined);
    const two = second.read(one?.next);
    expect([one?.from, one?.entries.length, two?.from]).toEqual([1, 2, 1]);
    expect(one?.stream).not.toBe(two?.stream);
  });

  it('frees the disk of what is acknowledged, at once when it closes', () => {
    const folder = temporaryFolder();
    const buffer = open(folder, { segmentBytesMax: 5_000 });
    fill(buffer, numbered(300, 50));
    const files = readdirSync(folder).length;
    expect(files).toBeGreaterThan(3);
    const stream = buffer.read(undefined)?.stream ?? '';
    buffer.acknowledged(stream, 150);
    expect(readdirSync(folder).length).toBeLessThan(files);
    expect(readAll(buffer).at(-1)).toBe(notes(numbered(300, 50)).at(-1));
    buffer.acknowledged(stream, 300);
    buffer.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('drops the oldest beyond its bound, and says how many, also after another start', () => {
    const folder = temporaryFolder();
    const options = { bytesMax: 40_000, segmentBytesMax: 5_000 };
    const first = open(folder, options);
    for (const body of numbered(1_000, 100)) fill(first, [body]);
    expect(first.bytes).toBeLessThanOrEqual(45_000);
    first.close();
    const second = open(folder, options);
    fill(second, numbered(1_000, 100));
    fill(second, ['end']);
    const all = readAll(second);
    const dropped = all
      .filter((line) => line.startsWith('dropped '))
      .reduce((sum, line) => sum + JSON.parse(line.slice('dropped '.length)).entries, 0);
    const kept = all.filter((line) => line.startsWith('notify ')).length;
    expect(all.at(-1)).toBe('notify end');
    expect(kept + dropped).toBe(2_001);
  });

  it('counts an entry that is too large for any message', () => {
    const buffer = open(temporaryFolder());
    fill(buffer, ['x'.repeat(256 * 1024 + 1), 'y'.repeat(256 * 1024), 'small']);
    expect(readAll(buffer).map((line) => line.slice(0, 23))).toEqual([
      'dropped {"entries":1}',
      `notify ${'y'.repeat(16)}`,
      'notify small',
    ]);
  });

  it('believes no line that was cut off or changed', () => {
    const folder = temporaryFolder();
    const first = open(folder);
    fill(first, numbered(10));
    first.close();
    const path = join(folder, readdirSync(folder)[0] ?? '');
    const lines = readFileSync(path, 'utf8').split('\n');
    lines[6] = (lines[6] ?? '').replace('6 ', '9 ');
    writeFileSync(path, lines.join('\n'));
    appendFileSync(path, 'deadbeef {"kind":"not');
    writeFileSync(join(folder, 'stranger'), 'x');
    const second = open(folder);
    fill(second, ['last']);
    expect(readAll(second)).toEqual([
      ...notes(numbered(6)),
      'dropped {"entries":4}',
      'notify last',
    ]);
    second.close();
    // Once: the damage is gone with the start that found it.
    expect(readAll(open(folder)).filter((line) => line.startsWith('dropped'))).toHaveLength(1);
  });

  it('never fails its users: what the disk does not take is counted', () => {
    const folder = join(temporaryFolder(), 'reports');
    const failures: unknown[] = [];
    const buffer = open(folder, { onWriteFailed: (error) => failures.push(error) });
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
    fill(buffer, ['lost', 'too']);
    fill(buffer, ['three']);
    expect(failures.length).toBe(2);
    rmSync(folder);
    fill(buffer, ['kept']);
    expect(readAll(buffer)).toEqual(['dropped {"entries":3}', 'notify kept']);
  });

  it('goes on when somebody takes its files away, and counts what was in them', () => {
    const folder = temporaryFolder();
    const buffer = open(folder, { segmentBytesMax: 200, onWriteFailed: () => {} });
    fill(buffer, numbered(5));
    rmSync(folder, { recursive: true });
    expect(readAll(buffer)).toEqual([]);
    fill(buffer, ['new']);
    expect(readAll(buffer)).toEqual(['dropped {"entries":5}', 'notify new']);
  });

  it('begins without what it cannot read', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, '0000000001-aaaa-1'));
    const buffer = open(folder, { onWriteFailed: () => {} });
    fill(buffer, ['new']);
    expect(readAll(buffer)).toEqual(['notify new']);
  });
});
