/** A package of 300 MB passes through client, controller and agent without being held in memory. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startJsonProcess } from '../../support/packages/json-process.ts';
import { writeRandomPackage } from '../../support/packages/random-package.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const roleScript = join(import.meta.dirname, '../../support/packages/patch-process.ts');
const sizeMib = 300;
/** Node with the libraries loaded takes up to 140 MiB; holding the package would add its 300. */
const memoryMibMax = 280;

function startRole(...args: readonly string[]) {
  return startJsonProcess(process.execPath, [roleScript, ...args]);
}

async function peakMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

test('memory stays flat on all three machines', { timeout: 120_000 }, async () => {
  const folder = temporaryFolder();
  const large = await writeRandomPackage(join(folder, 'large.tgz'), sizeMib);
  expect(large.sizeBytes).toBeGreaterThan(sizeMib * 1024 ** 2);
  const server = startRole('server', join(folder, 'controller'), '0');
  const { url, publish, agent } = await server.next((line) => line['url'] !== undefined);
  const release = { package: 'Shop.Cart', version: '1.0.0', ...large };

  const push = startRole('push', String(url), String(publish), JSON.stringify(release));
  const pushed = await push.ended();
  expect(pushed).toMatchObject({ done: true, outcome: 'pushed' });
  const wanted = JSON.stringify({ service: 'Shop.Cart', ...release });
  const install = startRole('install', String(url), String(agent), join(folder, 'agent'), wanted);
  const installed = await install.ended();
  expect(installed).toMatchObject({ done: true, alreadyThere: false });

  const peaks = {
    push: Number(pushed?.['maxRssKb']) / 1024,
    install: Number(installed?.['maxRssKb']) / 1024,
    controller: await peakMib(server.pid),
  };
  for (const [role, mib] of Object.entries(peaks)) {
    expect(mib, `${role} took ${mib} MiB: ${JSON.stringify(peaks)}`).toBeLessThan(memoryMibMax);
    expect(mib).toBeGreaterThan(20);
  }
});
