/** Stores blobs in each way there is, and says so, for a trace. */

import { randomBytes } from 'node:crypto';
import { openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { openEmbeddedBlobs } from '../../../replica/drivers/embedded/embedded-blobs.ts';
import { chunksOf, contentOf } from '../../support/blobs/content.ts';

const [, , folder = '', acknowledgements = ''] = process.argv;
const output = openSync(acknowledgements, 'w');
const blobs = await openEmbeddedBlobs({ directory: join(folder, 'blobs') });
const acknowledge = (digest: string) => writeSync(output, `acknowledged ${digest}\n`);

for (let round = 0; round < 3; round += 1) {
  const [put, adopted, received] = [1, 2, 3].map(() => contentOf(randomBytes(700_000)));
  if (put === undefined || adopted === undefined || received === undefined) break;
  await blobs.put(chunksOf(put.bytes), { expected: put.digest });
  acknowledge(put.digest);

  const file = join(folder, 'upload');
  writeFileSync(file, adopted.bytes);
  await blobs.adopt(file, adopted.digest);
  acknowledge(adopted.digest);

  async function* brokenOff() {
    yield received?.bytes.subarray(0, 300_000) ?? Buffer.alloc(0);
    throw new Error('broken off');
  }
  await blobs.receive(received.digest, brokenOff()).catch(() => undefined);
  const rest = received.bytes.subarray(300_000);
  await blobs.receive(received.digest, chunksOf(rest), { offset: 300_000 });
  acknowledge(received.digest);
}
