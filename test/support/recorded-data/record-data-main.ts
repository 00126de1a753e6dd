/**
 * Records a small data folder in the stored format of the code that runs it:
 * `node test/support/recorded-data/record-data-main.ts FOLDER`.
 *
 * `test/fixtures/data-v1` was recorded so by the last code before commands carried a format, and is
 * never recorded again: a later format gets a folder of its own.
 */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStores } from '../../../controller/open-stores.ts';
import type { RegistryCommand } from '../../../registry/commands.ts';
import type { PatchCommand } from '../../../controller/patch/patch-state.ts';
import type { Digest } from '../../../replica/core/blobs.ts';
import { smallPackage } from '../packages/random-package.ts';
import * as build from '../registry/builders.ts';

const cart = build.scope({
  service: 'Shop.CartServer',
  nodes: ['n1', 'n2'],
  revision: 'cart-1',
  release: { package: 'Shop.CartServer', version: '1.0.0' },
  content: { servants: [build.servantOf('CartObj', { port: 9_001 })] },
});
const price = build.scope({ service: 'Shop.PriceServer', nodes: ['n1'], revision: 'price-1' });
const cartRuns = build.observedOf('Shop.CartServer@n1', {
  revision: 'cart-1',
  pid: 812,
  endpoints: [{ servant: 'CartObj', protocol: 'tars', host: '10.0.0.1', port: 9_001, weight: 100 }],
});

const beforeSnapshot: readonly RegistryCommand[] = [
  build.commitOf('c1'.repeat(20), {
    fencingToken: 7,
    upsertNodes: [build.node('n1'), build.node('n2')],
    upsertScopes: [cart, price],
  }),
  {
    type: 'set-targets',
    at: 11,
    fencingToken: 7,
    upsert: [build.targetOf(cart, 'n1'), build.targetOf(price, 'n1')],
    remove: [],
    reason: 'first step',
  },
  build.openOf('n1', 's1'),
  build.reportOf('n1', 's1', { full: true, instances: [cartRuns] }),
  {
    type: 'take-lock',
    at: 50,
    service: 'Shop.CartServer',
    node: 'n1',
    holderIsMaster: false,
    timeoutMs: 10_000,
  },
];

const afterSnapshot: readonly RegistryCommand[] = [
  { type: 'lose-session', at: 60, node: 'n1', sessionId: 's1' },
  build.openOf('n1', 's2', 70),
  build.reportOf('n1', 's2', { at: 80, instances: [], gone: ['Shop.PriceServer@n1'] }),
  build.commitOf('c2'.repeat(20), { at: 90, fencingToken: 8, removeScopes: [price.scope] }),
  {
    type: 'set-targets',
    at: 91,
    fencingToken: 8,
    upsert: [build.targetOf(cart, 'n2')],
    remove: ['Shop.PriceServer@n1'],
    reason: 'second step',
  },
];

function added(version: string, digest: Digest, sizeBytes: number): PatchCommand {
  const about = { files: 1, unpackedBytes: 12, pushedAt: 5, by: 'ann', comment: '' };
  const content = { digest, sizeBytes, ...about, source: 'push' as const };
  return { type: 'add', package: 'Shop.CartServer', version, content };
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Name the folder to record into.');
mkdirSync(folder, { recursive: true });
const stores = await openStores(folder, (error) => {
  throw error;
});
for (const command of beforeSnapshot) await stores.registry.propose(command);
await stores.registry.snapshot();
for (const command of afterSnapshot) await stores.registry.propose(command);

const aboutVersion = { package: 'Shop.CartServer', version: '1.0.0' };
for (const version of ['1.0.0', '1.1.0', '0.9.0']) {
  const { digest, sizeBytes } = await stores.packageBlobs.put(
    (async function* content() {
      yield smallPackage({ 'run.sh': `echo ${version}\n` });
    })(),
  );
  await stores.patch.propose(added(version, digest, sizeBytes));
}
await stores.patch.propose({ type: 'set-default', ...aboutVersion });
await stores.patch.snapshot();
await stores.patch.propose({ type: 'remove', ...aboutVersion, version: '0.9.0' });
const recorded = { registry: stores.registry.sequence, patch: stores.patch.sequence };
await stores.close();
for (const name of ['registry', 'patch']) rmSync(join(folder, name, 'log.pid'));
writeFileSync(join(folder, 'recorded.json'), `${JSON.stringify(recorded)}\n`);
