/** A package in a data folder that nobody has open, large enough that to copy it takes a moment. */

import { openStores } from '../../../controller/open-stores.ts';

export async function addBigPackage(dataDir: string, bytes: number): Promise<void> {
  const stores = await openStores(dataDir, () => undefined);
  const { digest, sizeBytes } = await stores.packageBlobs.put(
    (async function* content() {
      for (let sent = 0; sent < bytes; sent += 2 ** 20) yield Buffer.alloc(2 ** 20, sent);
    })(),
  );
  const about = { files: 1, unpackedBytes: 1, pushedAt: 1, by: 'ann', comment: '' };
  const content = { digest, sizeBytes, ...about, source: 'push' as const };
  await stores.patch.propose({ type: 'add', package: 'Shop.Big', version: '1.0.0', content });
  await stores.close();
}
