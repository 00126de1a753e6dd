import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { awsSigner } from '../../../replica/drivers/s3/aws-signer.ts';
import { openS3Blobs } from '../../../replica/drivers/s3/s3-blobs.ts';
import { chunksOf, collect, contentOf, randomContent } from '../../support/blobs/content.ts';
import {
  findS3Server,
  s3Key,
  startS3Server,
  type S3Server,
} from '../../support/blobs/s3-server.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const program = findS3Server();

async function openIn({ bucketUrl }: Pick<S3Server, 'bucketUrl'>, key = s3Key) {
  const spoolFolder = join(temporaryFolder(), 'spool');
  const blobs = await openS3Blobs({
    bucketUrl,
    sign: awsSigner(key),
    prefix: 'site-1/',
    spoolFolder,
  });
  onTestFinished(() => blobs.close());
  return { blobs, spoolFolder };
}

// Obtain one with: node test/support/blobs/obtain-s3-server-main.ts
describe.skipIf(program === undefined)('blobs in an S3 bucket', () => {
  async function served() {
    const server = await startS3Server(program ?? '');
    return { server, ...(await openIn(server)) };
  }

  test('are stored, found, listed, read in ranges and deleted', async () => {
    const { blobs, spoolFolder } = await served();
    const contents = [randomContent(3_000_000), randomContent(10), contentOf(Buffer.alloc(0))];
    for (const { bytes, digest } of contents) {
      const info = { digest, sizeBytes: bytes.length };
      expect(await blobs.has(digest)).toBeUndefined();
      expect(await blobs.put(chunksOf(bytes), { expected: digest })).toEqual(info);
      expect(await blobs.put(chunksOf(bytes))).toEqual(info);
      expect(await blobs.has(digest)).toEqual(info);
      expect((await collect(await blobs.get(digest))).equals(bytes)).toBe(true);
      for (const [start, end] of [
        [0, 1],
        [5, 100],
        [5, undefined],
        [2_999_999, 9_000_000],
        [7, 7],
        [9_000_000, undefined],
      ] as const) {
        const range = { start, ...(end !== undefined && { end }) };
        const part = await collect(await blobs.get(digest, range));
        expect(part.equals(bytes.subarray(start, end))).toBe(true);
      }
    }
    const digests = contents.map(({ digest }) => digest).toSorted();
    expect((await blobs.list()).map(({ digest }) => digest)).toEqual(digests);
    await blobs.delete(digests[0]!);
    await blobs.delete(digests[0]!);
    expect((await blobs.list()).map(({ digest }) => digest)).toEqual(digests.slice(1));
    await expect(blobs.get(digests[0]!)).rejects.toMatchObject({ code: 'BLOB_MISSING' });
    expect(readdirSync(spoolFolder)).toEqual([]);
  });

  test('are listed beyond one page of answers', async () => {
    const { blobs } = await served();
    const contents = Array.from({ length: 1_050 }, (_, index) =>
      contentOf(Buffer.from(`${index}`)),
    );
    await Promise.all(contents.map(({ bytes }) => blobs.put(chunksOf(bytes))));
    expect((await blobs.list()).map(({ digest }) => digest)).toEqual(
      contents.map(({ digest }) => digest).toSorted(),
    );
  }, 60_000);

  test('take a finished file over, and refuse what is not what was announced', async () => {
    const { blobs, spoolFolder } = await served();
    const content = randomContent(1_000_000);
    const mismatch = { code: 'BLOB_DIGEST_MISMATCH' };
    const file = join(temporaryFolder(), 'upload');
    writeFileSync(file, content.bytes);
    const other = randomContent(1).digest;
    await expect(blobs.adopt(file, other)).rejects.toMatchObject(mismatch);
    await expect(blobs.put(chunksOf(content.bytes), { expected: other })).rejects.toMatchObject(
      mismatch,
    );
    await expect(blobs.put(chunksOf(content.bytes), { maxBytes: 10 })).rejects.toMatchObject({
      code: 'BLOB_TOO_LARGE',
    });
    expect(await blobs.list()).toEqual([]);
    await blobs.adopt(file, content.digest);
    expect(existsSync(file)).toBe(false);
    expect((await collect(await blobs.get(content.digest))).equals(content.bytes)).toBe(true);
    expect(readdirSync(spoolFolder)).toEqual([]);
  });

  test('that the store damaged are noticed before the last chunk', async () => {
    const { blobs, server } = await served();
    const { bytes, digest } = randomContent(500_000);
    await blobs.put(chunksOf(bytes));
    const file = join(server.bucketFolder, 'site-1', digest.replace(':', '/'));
    bytes[1_000]! ^= 1;
    writeFileSync(file, bytes);
    const read = collect(await blobs.get(digest));
    await expect(read).rejects.toMatchObject({ code: 'BLOB_DAMAGED' });
  });

  test('fail with what to do when the key is wrong or the store is away, and go on when it is back', async () => {
    const { blobs, server } = await served();
    const { bytes, digest } = randomContent(1_000);
    const stranger = await openIn(server, { ...s3Key, secretAccessKey: 'another' });
    await expect(stranger.blobs.put(chunksOf(bytes))).rejects.toMatchObject({
      code: 'BLOB_PEER_REFUSED',
      consequence: 'terminal',
    });
    const nowhere = await openIn({ bucketUrl: `${server.bucketUrl}-none` });
    await expect(nowhere.blobs.put(chunksOf(bytes))).rejects.toMatchObject({
      code: 'BLOB_PEER_REFUSED',
    });
    await server.stop();
    await expect(blobs.put(chunksOf(bytes))).rejects.toMatchObject({
      code: 'BLOB_PEER_FAILED',
      consequence: 'transient',
    });
    await server.start();
    await blobs.put(chunksOf(bytes));
    expect((await blobs.has(digest))?.sizeBytes).toBe(1_000);
  });
});
