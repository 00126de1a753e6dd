/** The shop in Tars.js: found by name, in sets and groups, configured at every level, replaced under load. */

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/agent/eventually.ts';
import { RunningFleet } from '../support/e2e/running-fleet.ts';
import { tarsctl } from '../support/e2e/tarsctl.ts';

const run = promisify(execFile);
const script = join(import.meta.dirname, '..', '..', 'cluster-examples', 'tars', 'place-order.js');

let folder: string;
let fleet: RunningFleet;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tarsier-e2e-tars-'));
  fleet = await RunningFleet.start(folder, 'tars');
}, 90_000);

afterAll(async () => {
  await fleet.stop();
  await rm(folder, { recursive: true, force: true });
});

/** As the terminal says: through the locator of the controller. */
async function placeOrder(set: string, user: string, item: string): Promise<string> {
  const [, port = ''] = /place-order\.js shop\.sz\.1 alice apple (\d+)/.exec(fleet.output) ?? [];
  const { stdout } = await run(process.execPath, [script, set, user, item, port]);
  return stdout.trim();
}

async function pidsOf(service: string): Promise<readonly (number | undefined)[]> {
  const { stdout } = await tarsctl(['-s', fleet.url, 'get', 'instances', '-o', 'json']);
  const { items } = JSON.parse(stdout) as { items: { service: string; pid?: number }[] };
  return items.filter((item) => item.service === service).map(({ pid }) => pid);
}

describe('the shop', () => {
  it('answers each caller in its own set, with prices of its own place', async () => {
    expect(await placeOrder('shop.sz.1', 'alice', 'apple')).toBe(
      'alice has apple from Shenzhen, cart of shop.sz.1: 0.30 CNY',
    );
    expect(await placeOrder('shop.sh.1', 'bob', 'pear')).toBe(
      'bob has pear from Shanghai, cart of shop.sh.1: 0.45 CNY (Shanghai)',
    );
  });

  it('says what a server refuses', async () => {
    await expect(placeOrder('shop.sz.1', 'alice', 'banana')).rejects.toThrow(/code -99/);
  });

  it('takes a changed configuration over without a restart', async () => {
    const before = await pidsOf('Shop.PriceServer');
    expect(before).toHaveLength(3);
    await fleet.edit('configs/files/prices.conf', 'apple=30', 'apple=35', 'Apples are 35');
    const user = 'carol';
    const total = await eventually(
      async () => {
        const answer = await placeOrder('shop.sz.1', `${user}${performance.now()}`, 'apple');
        return answer.includes(': 0.35 ') ? answer : undefined;
      },
      () => fleet.output,
      20_000,
    );
    expect(total).toContain('from Shenzhen');
    expect(await pidsOf('Shop.PriceServer')).toEqual(before);
  });

  it('gives commands to running servers', async () => {
    const token = join(folder, 'data', 'controller', 'tokens', 'publish');
    const command = `--token-file ${token} server notify Shop.PriceServer preheatCheck`;
    let answer = '';
    await eventually(
      async () => {
        const { stdout, stderr } = await tarsctl(['-s', fleet.url, ...command.split(' ')]);
        answer = stdout + stderr;
        return stdout.split('\n').filter((line) => /ok\s+success$/.test(line)).length === 3;
      },
      () => answer,
    );
  });

  it('collects what the servers say and log', async () => {
    await placeOrder('shop.sz.1', 'dave', 'pear');
    // As TARS names it: a server of a set has a folder of its own.
    const logs = join(folder, 'data/controller/collect/logs/Shop/shopsz1/OrderServer');
    await eventually(async () => {
      const [file] = await readdir(logs).catch(() => []);
      if (file === undefined) return undefined;
      expect(file).toMatch(/^Shop\.OrderServer_orders_\d{8}\.log$/);
      return (await readFile(join(logs, file), 'utf8')).includes('dave has pear') || undefined;
    });
    const { stdout } = await tarsctl(['-s', fleet.url, 'get', 'notifications']);
    expect(stdout).toContain('the shop is open');
  });

  it(
    'goes on selling while the servers of a release are replaced',
    { timeout: 90_000 },
    async () => {
      let answer = '';
      await fleet.edit('services/price.yaml', '"1.0.0"', '"1.1.0"', 'Release prices 1.1.0');
      for (const [set, place] of [
        ['shop.sz.1', 'Shenzhen'],
        ['shop.sh.1', 'Shanghai'],
      ] as const) {
        await eventually(
          async () => {
            answer = await placeOrder(set, 'erin', 'apple').catch(String);
            return answer.includes(`from ${place} (1.1.0)`) || undefined;
          },
          () => `${answer}\n${fleet.output}`,
          40_000,
        );
      }
    },
  );
});
