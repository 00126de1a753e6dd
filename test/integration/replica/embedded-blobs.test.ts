import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fc } from '../../support/seeded-property.ts';
import { describe, expect, test } from 'vitest';
import type { Digest } from '../../../replica/core/blobs.ts';
import {
  openEmbeddedBlobs,
  type EmbeddedBlobs,
} from '../../../replica/drivers/embedded/embedded-blobs.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const ABSENT: Digest = `sha256:${'0'.repeat(64)}`;

async function* chunksOf(content: Uint8Array, size = 10_000): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.length; start += size) {
    yield content.subarray(start, start + size);
  }
}

function digestOf(content: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

async function collect(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function fileOf(directory: string, digest: Digest): string {
  const hex = digest.slice(7);
  return join(directory, 'sha256', hex.slice(0, 2), hex.slice(2));
}

async function* brokenOff(): AsyncGenerator<Uint8Array> {
  yield content;
  throw new Error('connection reset');
}

interface Fixture {
  readonly directory: string;
  readonly blobs: EmbeddedBlobs;
}

async function fixture(): Promise<Fixture> {
  const directory = join(temporaryFolder(), 'blobs');
  return { directory, blobs: await openEmbeddedBlobs({ directory }) };
}

async function expectNothingStored({ directory, blobs }: Fixture): Promise<void> {
  expect(await blobs.list()).toEqual([]);
  expect(readdirSync(join(directory, 'incoming'))).toEqual([]);
}

const content = Buffer.alloc(300_000, 'tarsier ');

describe('embedded blobs', () => {
  test('store content under its digest, privately, and give it back whole and in ranges', async () => {
    const { directory, blobs } = await fixture();
    const info = await blobs.put(chunksOf(content));
    expect(info).toEqual({ digest: digestOf(content), sizeBytes: content.length });
    expect((await collect(await blobs.get(info.digest))).equals(content)).toBe(true);
    expect(statSync(fileOf(directory, info.digest)).mode & 0o777).toBe(0o600);
    await fc.assert(
      fc.asyncProperty(fc.nat(310_000), fc.nat(310_000), async (start, end) => {
        const part = await collect(await blobs.get(info.digest, { start, end }));
        expect(part.equals(content.subarray(start, end))).toBe(true);
      }),
      { numRuns: 30 },
    );
    const tail = await collect(await blobs.get(info.digest, { start: 299_990 }));
    expect(tail.equals(content.subarray(299_990))).toBe(true);
  });

  test('store nothing as well as something', async () => {
    const { blobs } = await fixture();
    const info = await blobs.put(chunksOf(new Uint8Array(0)));
    expect(info).toEqual({ digest: digestOf(new Uint8Array(0)), sizeBytes: 0 });
    expect((await collect(await blobs.get(info.digest))).length).toBe(0);
  });

  test('list, find and delete, also after they are opened again', async () => {
    const { directory, blobs } = await fixture();
    const infos = await Promise.all(
      ['a', 'b', 'c', 'a'].map((text) => blobs.put(chunksOf(Buffer.from(text)))),
    );
    const expected = infos.slice(0, 3).toSorted((a, b) => a.digest.localeCompare(b.digest));
    writeFileSync(
      join(directory, 'sha256', infos[0]!.digest.slice(7, 9), 'stray~'),
      'left by an editor',
    );
    const again = await openEmbeddedBlobs({ directory });
    expect(await again.list()).toEqual(expected);
    expect(await again.has(infos[1]!.digest)).toEqual(infos[1]);
    await again.delete(infos[1]!.digest);
    await again.delete(infos[1]!.digest);
    await again.delete(ABSENT);
    expect(await again.has(infos[1]!.digest)).toBeUndefined();
    expect((await again.list()).length).toBe(2);
  });

  test('remove what an interrupted upload left when they are opened', async () => {
    const { directory } = await fixture();
    writeFileSync(join(directory, 'incoming', 'half'), 'half');
    await expectNothingStored({ directory, blobs: await openEmbeddedBlobs({ directory }) });
  });

  test('keep what arrived for a day', async () => {
    const { directory, blobs } = await fixture();
    for (const expected of [digestOf(content), ABSENT]) {
      await expect(blobs.receive(expected, brokenOff())).rejects.toThrow('connection reset');
    }
    const yesterday = new Date(Date.now() - 25 * 3_600_000);
    utimesSync(join(directory, 'arriving', ABSENT.slice(7)), yesterday, yesterday);
    const again = await openEmbeddedBlobs({ directory });
    expect(await again.receivedBytes(ABSENT)).toBe(0);
    expect(await again.receivedBytes(digestOf(content))).toBe(content.length);
    const info = await again.receive(digestOf(content), chunksOf(new Uint8Array(0)), {
      offset: content.length,
    });
    expect(info.sizeBytes).toBe(content.length);
    await again.verify(info.digest);
  });

  test('refuse another digest than announced and keep nothing', async () => {
    const { directory, blobs } = await fixture();
    const put = blobs.put(chunksOf(content), { expected: ABSENT });
    await expect(put).rejects.toMatchObject({
      code: 'BLOB_DIGEST_MISMATCH',
      details: { expected: ABSENT, found: digestOf(content) },
    });
    await expectNothingStored({ directory, blobs });
  });

  test('refuse content over the limit while it arrives, and keep nothing', async () => {
    const { directory, blobs } = await fixture();
    let sent = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        sent += 1_000;
        yield new Uint8Array(1_000);
      }
    }
    await expect(blobs.put(endless(), { maxBytes: 50_000 })).rejects.toMatchObject({
      code: 'BLOB_TOO_LARGE',
    });
    expect(sent).toBe(51_000);
    await expectNothingStored({ directory, blobs });
    expect((await blobs.put(chunksOf(content), { maxBytes: content.length })).sizeBytes).toBe(
      content.length,
    );
  });

  test('pass on the error of a sender that breaks off, and keep nothing', async () => {
    const { directory, blobs } = await fixture();
    await expect(blobs.put(brokenOff())).rejects.toThrow('connection reset');
    await expectNothingStored({ directory, blobs });
  });

  test.each([
    ['a changed byte', (bytes: Buffer) => bytes.fill(0, 200_000, 200_001)],
    ['a lost end', (bytes: Buffer) => bytes.subarray(0, 299_999)],
    ['an added byte', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('x')])],
    ['no content', () => Buffer.alloc(0)],
  ])('notice %s before the last chunk is given out', async (_, damage) => {
    const { directory, blobs } = await fixture();
    const { digest } = await blobs.put(chunksOf(content));
    const file = fileOf(directory, digest);
    const damagedContent = damage(readFileSync(file));
    writeFileSync(file, damagedContent);
    let received = 0;
    const read = async () => {
      for await (const chunk of await blobs.get(digest)) received += chunk.length;
    };
    await expect(read()).rejects.toMatchObject({ code: 'BLOB_DAMAGED' });
    expect(received).toBeLessThanOrEqual(Math.max(0, damagedContent.length - 1));
    await expect(blobs.verify(digest)).rejects.toMatchObject({ code: 'BLOB_DAMAGED' });
    await blobs.put(chunksOf(content));
    expect(await blobs.verify(digest)).toEqual({ digest, sizeBytes: content.length });
  });

  test('say what is missing', async () => {
    const { blobs } = await fixture();
    await expect(blobs.get(ABSENT)).rejects.toMatchObject({ code: 'BLOB_MISSING' });
    await expect(blobs.verify(ABSENT)).rejects.toMatchObject({ code: 'BLOB_MISSING' });
  });

  test.each([
    'sha256:../../../etc/passwd',
    `sha256:${'A'.repeat(64)}`,
    `sha256:${'0'.repeat(63)}`,
    'md5:00',
  ])('refuse %s as a digest', async (text) => {
    const { blobs } = await fixture();
    await expect(blobs.has(text as Digest)).rejects.toMatchObject({ code: 'USAGE' });
    await expect(blobs.delete(text as Digest)).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('take in a finished file, and leave one with another digest where it is', async () => {
    const { directory, blobs } = await fixture();
    const uploads = join(directory, '..', 'uploads');
    mkdirSync(uploads);
    const file = join(uploads, 'upload');
    writeFileSync(file, content);
    await expect(blobs.adopt(file, ABSENT)).rejects.toMatchObject({ code: 'BLOB_DIGEST_MISMATCH' });
    expect(existsSync(file)).toBe(true);
    const digest = digestOf(content);
    expect(await blobs.adopt(file, digest)).toEqual({ digest, sizeBytes: content.length });
    expect(existsSync(file)).toBe(false);
    expect((await collect(await blobs.get(digest))).equals(content)).toBe(true);
    expect(statSync(fileOf(directory, digest)).mode & 0o777).toBe(0o600);
  });
});
