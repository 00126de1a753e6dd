/** A file that is moved into the store while the slowest member has not begun to take it. */

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openEmbeddedBlobs } from '../../../replica/drivers/embedded/embedded-blobs.ts';
import type { BlobPeer } from '../../../replica/drivers/replicated/blob-peer.ts';
import { openReplicatedBlobs } from '../../../replica/drivers/replicated/replicated-blobs.ts';
import { collect, randomContent } from '../../support/blobs/content.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('an adopted file goes on to a member that answers only after the file has moved', async () => {
  const folder = temporaryFolder();
  const local = await openEmbeddedBlobs({ directory: join(folder, 'blobs') });
  const content = randomContent(200_000);
  const file = join(folder, 'file');
  writeFileSync(file, content.bytes);
  const moved = Promise.withResolvers<void>();
  const nothing = { isWhole: false, sizeBytes: 0 };
  const received: Buffer[] = [];
  const peer = (name: string, answers: Promise<void>): BlobPeer => ({
    name,
    look: () => answers.then(() => nothing),
    get: () => Promise.reject(new Error('not asked')),
    async put(_digest, _offset, bytes) {
      // A connection comes about some turns later.
      await new Promise((resolve) => setTimeout(resolve, 20));
      received.push(await collect(bytes));
    },
  });
  const peers = [peer('b', Promise.resolve()), peer('c', moved.promise)];
  const blobs = openReplicatedBlobs({ local, peers: () => peers, memberCount: () => 3 });
  await blobs.adopt(file, content.digest);
  expect(existsSync(file)).toBe(false);
  moved.resolve();
  await blobs.caughtUp();
  expect(received).toEqual([content.bytes, content.bytes]);
  await blobs.close();
});
