/** The terminal window of `npm start` is closed: nobody is left to press Ctrl-C. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { RunningFleet } from '../support/e2e/running-fleet.ts';

it('stops every service it started, though nothing can be written any more', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tarsier-e2e-'));
  const fleet = await RunningFleet.start(folder);
  try {
    const pids = await Promise.all(
      fleet.ports('Demo.WebServer').map(async (port) => {
        const answer = await fetch(`http://127.0.0.1:${port}/`);
        return Number(/pid (\d+)/.exec(await answer.text())?.[1]);
      }),
    );
    expect(pids).toHaveLength(2);
    await fleet.closeTerminal();
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  } finally {
    await fleet.stop();
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);
