/** `tarsctl status --wait` in a script: it waits for the fleet, and for the commit that was just pushed. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { tarsctl } from '../support/e2e/tarsctl.ts';
import { cart } from '../support/status/shop-server.ts';
import { startStatusServer, type StatusServer } from '../support/status/status-server.ts';

let shop: StatusServer;
let server: string;

beforeAll(async () => {
  shop = await startStatusServer();
  shop.fleet.packages.add(`${cart} 1.0.0`);
  shop.packagesChanged();
  await shop.fleet.commit('all', { nodes: ['sz-1'], services: [{ name: cart, nodes: ['sz-1'] }] });
  await shop.fleet.connect('sz-1');
  await shop.fleet.run(`sz/${cart}`, 'sz-1');
  server = await shop.listen();
});

afterAll(() => shop.close());

it('returns at once when all is as Git says, and the commit is in force', async () => {
  const commit = shop.stores.registry.state.source?.inForceCommit ?? '';
  const args = ['status', '--wait', '--timeout', '60', '--commit'];
  expect(await tarsctl([...args, commit.slice(0, 7)], { server })).toMatchObject({ exitCode: 0 });
});

it('exits with 4 while another commit is in force', async () => {
  const args = ['status', '--wait', '--timeout', '1', '--commit', 'f'.repeat(40)];
  const answer = await tarsctl(args, { server });
  expect(answer).toMatchObject({ exitCode: 4 });
  expect(answer.stderr).toContain('waiting for commit fffffff');
});

it.each(['0', 'x'])('refuses to wait for %s seconds', async (seconds) => {
  const answer = await tarsctl(['status', '--wait', `--timeout=${seconds}`], { server });
  expect(answer).toMatchObject({ exitCode: 64 });
  expect(answer.stderr).toContain('a number of seconds');
});
