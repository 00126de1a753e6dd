/** An agent that is killed loses no report that was added before the turn in which it dies. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { ReportBuffer, type Cursor } from '../../../nodeagent/reports/report-buffer.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const main = new URL('reporting-main.ts', import.meta.url).pathname;

it('every report that was taken is there after a kill, once and in order', async () => {
  const folder = temporaryFolder();
  let told = 0;
  for (let round = 0; round < 3; round += 1) {
    const child = spawn(process.execPath, [main, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    onTestFinished(() => void child.kill('SIGKILL'));
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    await eventually(() => text.split('\n').length > 500);
    child.kill('SIGKILL');
    await exited;
    // What was being printed in the moment of death may be cut off.
    told = Number(text.split('\n').at(-2));

    const buffer = new ReportBuffer({
      folder,
      node: 'n1',
      now: Date.now,
      onWriteFailed: (error) => expect.fail(String(error)),
      onAdded: () => {},
    });
    const streams = new Map<string, number[]>();
    let cursor: Cursor | undefined;
    for (;;) {
      const batch = buffer.read(cursor);
      if (batch === undefined) break;
      const numbers = streams.get(batch.stream) ?? [];
      expect(batch.from).toBe(numbers.length + 1);
      streams.set(batch.stream, [...numbers, ...batch.entries.map(({ body }) => Number(body))]);
      cursor = batch.next;
    }
    buffer.close();
    expect(streams.size).toBe(round + 1);
    const newest = [...streams.values()].at(-1) ?? [];
    expect(newest.length).toBeGreaterThanOrEqual(told);
    expect(newest).toEqual(newest.map((_, index) => index + 1));
  }
  expect(told).toBeGreaterThan(400);
});
