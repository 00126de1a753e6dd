/** What a push shows: a bar on a terminal, plain lines elsewhere. */

import { Writable } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { CliContext } from '../../../cli/context.ts';
import { showProgress } from '../../../cli/patch/push-progress.ts';
import { plainTextStyle } from '../../../spec/wording/text-style.ts';

const totalBytes = 100 * 1024 ** 2;

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/** A terminal as cli-progress uses it. */
class Screen extends Writable {
  readonly isTTY = true;
  readonly columns = 120;
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += String(chunk);
    done();
  }
  cursorTo(): void {
    this.text += '\r';
  }
  moveCursor(): void {}
  clearLine(): void {}
}

function contextOn(screen: Screen, isTty: boolean): CliContext {
  return {
    serverUrl: '',
    output: 'table',
    stdout: screen,
    stderr: screen,
    isTty,
    style: plainTextStyle,
    token: () => undefined,
  };
}

function run(isTty: boolean): string {
  const screen = new Screen();
  const progress = showProgress(contextOn(screen, isTty), 'Shop.Cart 1.0.0');
  for (let percent = 0; percent <= 100; percent += 10) {
    progress.update({ phase: 'sending', sentBytes: percent * 1024 ** 2, totalBytes });
    if (percent === 50) {
      const reason = 'Cannot reach the controller.';
      for (let repeat = 0; repeat < 3; repeat += 1) {
        progress.update({ phase: 'waiting', sentBytes: percent * 1024 ** 2, totalBytes, reason });
      }
    }
    vi.advanceTimersByTime(1_000);
  }
  progress.update({ phase: 'checking', sentBytes: totalBytes, totalBytes });
  progress.stop();
  return screen.text;
}

test('without a terminal there is a line every five seconds, and one per interruption', () => {
  expect(run(false)).toBe(
    [
      '► sending Shop.Cart 1.0.0: 0 %, 0 B of 100 MiB',
      '► sending Shop.Cart 1.0.0: 50 %, 50 MiB of 100 MiB, 10 MiB/s, 5s left',
      '◎ Cannot reach the controller. Trying again.',
      '► sending Shop.Cart 1.0.0: 100 %, 100 MiB of 100 MiB, 10 MiB/s, 0ms left',
      '',
    ].join('\n'),
  );
});

test('on a terminal there is a bar with rate and time left', () => {
  const text = run(true);
  expect(text).toMatch(
    /► Shop\.Cart 1\.0\.0 {2}█+░+ {2}\d+ % {2}\d+ MiB of 100 MiB, 10 MiB\/s, \ds left/,
  );
  expect(text.match(/Trying again/g)).toHaveLength(1);
});
