import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startBlobMembers, type BlobMember } from '../../support/blobs/blob-members.ts';
import {
  blobFile,
  chunksOf,
  collect,
  contentOf,
  randomContent,
  unfinishedFiles,
  type Content,
} from '../../support/blobs/content.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const MEGABYTE = 1024 * 1024;

async function holders(members: readonly BlobMember[], { digest }: Content): Promise<string[]> {
  const held = await Promise.all(
    members.map(async ({ name, local }) => {
      if ((await local.has(digest)) === undefined) return [];
      await local.verify(digest);
      return [name];
    }),
  );
  return held.flat();
}

async function threeMembers(limits = {}): Promise<[BlobMember, BlobMember, BlobMember]> {
  const [a, b, c] = await startBlobMembers(['a', 'b', 'c'], limits);
  return [a!, b!, c!];
}

function damage(directory: string, { digest, bytes }: Content): void {
  const changed = Buffer.from(bytes);
  changed[bytes.length - 1]! ^= 1;
  writeFileSync(blobFile(directory, digest), changed);
}

describe('a put', () => {
  test.each([
    ['known', true],
    ['unknown', false],
  ])('with a digest that is %s reaches every member', async (_, isKnown) => {
    const members = await threeMembers();
    const [a, b, c] = members;
    for (const content of [randomContent(3 * MEGABYTE + 1), contentOf(Buffer.alloc(0))]) {
      const { digest, bytes } = content;
      const info = await a.blobs.put(chunksOf(bytes), isKnown ? { expected: digest } : {});
      expect(info).toEqual({ digest, sizeBytes: bytes.length });
      expect((await holders(members, content)).length).toBeGreaterThanOrEqual(2);
      await expect.poll(() => holders(members, content)).toEqual(['a', 'b', 'c']);
      for (const { blobs } of [b, c]) {
        expect((await collect(await blobs.get(digest))).equals(bytes)).toBe(true);
      }
    }
    for (const { directory } of members) expect(unfinishedFiles(directory)).toEqual([]);
  });

  test('of one member alone needs nobody', async () => {
    const [a] = await startBlobMembers(['a']);
    const content = randomContent(1_000);
    await a!.blobs.put(chunksOf(content.bytes), { expected: content.digest });
    expect(await a!.blobs.has(content.digest)).toBeDefined();
    await expect(a!.blobs.get(randomContent(1).digest)).rejects.toMatchObject({
      code: 'BLOB_MISSING',
    });
  });

  test('counts with one of three members down, which is brought up to date when it is back', async () => {
    const members = await threeMembers();
    const [a, , c] = members;
    await c.kill();
    const content = randomContent(MEGABYTE);
    await a.blobs.put(chunksOf(content.bytes), { expected: content.digest });
    expect(await holders(members.slice(0, 2), content)).toEqual(['a', 'b']);
    await c.restart();
    await a.blobs.caughtUp();
    expect(await holders(members, content)).toEqual(['a', 'b', 'c']);
  });

  test.each([
    ['known', true],
    ['unknown', false],
  ])('without a majority fails, names who is missing, and works later (%s)', async (_, isKnown) => {
    const members = await threeMembers();
    const [a, b, c] = members;
    await b.kill();
    await c.kill();
    const content = randomContent(MEGABYTE);
    const options = isKnown ? { expected: content.digest } : {};
    await expect(a.blobs.put(chunksOf(content.bytes), options)).rejects.toMatchObject({
      code: 'BLOB_NO_MAJORITY',
      consequence: 'transient',
      details: { held: 1, memberCount: 3, unreachable: ['b', 'c'] },
    });
    await b.restart();
    await a.blobs.put(chunksOf(content.bytes), options);
    expect(await holders([a, b], content)).toEqual(['a', 'b']);
  });

  test('does not wait for a slow member that is not needed', async () => {
    const members = await threeMembers();
    const [a, , c] = members;
    c.wire.slow(1_000);
    const content = randomContent(8 * MEGABYTE);
    const start = performance.now();
    await a.blobs.put(chunksOf(content.bytes), { expected: content.digest });
    // 8 MB at 100 kB/s would take 80 s.
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(await holders(members, content)).toEqual(['a', 'b']);
    c.wire.slow(undefined);
    c.wire.cut();
    await a.blobs.caughtUp();
    expect(await holders(members, content)).toEqual(['a', 'b', 'c']);
  });

  test('takes the time of a slow member that is needed', async () => {
    const members = await threeMembers();
    const [a, b, c] = members;
    await b.kill();
    c.wire.slow(20_000);
    const content = randomContent(4 * MEGABYTE);
    await a.blobs.put(chunksOf(content.bytes), { expected: content.digest });
    expect(await holders([a, c], content)).toEqual(['a', 'c']);
  });

  test('does not wait for a member that answers nothing', async () => {
    const members = await threeMembers();
    const [a, , c] = members;
    c.wire.freeze();
    const content = randomContent(4 * MEGABYTE);
    await a.blobs.put(chunksOf(content.bytes), { expected: content.digest });
    expect(await holders(members, content)).toEqual(['a', 'b']);
    c.wire.thaw();
    await a.blobs.caughtUp();
    expect(await holders(members, content)).toEqual(['a', 'b', 'c']);
  });

  test('goes on where it stopped when the wire to a needed member breaks again and again', async () => {
    const members = await threeMembers();
    const [a, b, c] = members;
    await c.kill();
    const content = randomContent(8 * MEGABYTE);
    b.wire.cutAfter(3 * MEGABYTE);
    const put = a.blobs.put(chunksOf(content.bytes), { expected: content.digest });
    await expect.poll(() => b.wire.bytes.to).toBeGreaterThan(2 * MEGABYTE);
    b.wire.cutAfter(3 * MEGABYTE);
    await put;
    expect(await holders([a, b], content)).toEqual(['a', 'b']);
    // What arrived was not sent again, but for what was on the wire when it broke.
    expect(b.wire.bytes.to).toBeLessThan(12 * MEGABYTE);
    expect(unfinishedFiles(b.directory)).toEqual([]);
  });

  test('goes on with a member that was killed in the middle and is back; nothing half is seen', async () => {
    const members = await threeMembers({ majorityMsMax: 10_000 });
    const [a, b, c] = members;
    await c.kill();
    const content = randomContent(8 * MEGABYTE);
    b.wire.slow(400_000);
    const put = a.blobs.put(chunksOf(content.bytes), { expected: content.digest });
    await expect.poll(() => b.wire.bytes.to).toBeGreaterThan(2 * MEGABYTE);
    await b.kill();
    const sentBytes = b.wire.bytes.to;
    expect(await b.local.has(content.digest)).toBeUndefined();
    expect(await b.local.list()).toEqual([]);
    b.wire.slow(undefined);
    await b.restart();
    expect(await b.local.receivedBytes(content.digest)).toBeGreaterThanOrEqual(MEGABYTE);
    await put;
    expect(await holders([a, b], content)).toEqual(['a', 'b']);
    expect(b.wire.bytes.to - sentBytes).toBeLessThan(7 * MEGABYTE);
  });

  test('begins anew where what had arrived is damaged', async () => {
    const members = await threeMembers();
    const [a, b, c] = members;
    await c.kill();
    const content = randomContent(2 * MEGABYTE);
    async function* broken() {
      yield Buffer.alloc(MEGABYTE, 'something else');
      throw new Error('gone');
    }
    await expect(b.local.receive(content.digest, broken())).rejects.toThrow('gone');
    expect(await b.local.receivedBytes(content.digest)).toBe(MEGABYTE);
    await a.blobs.put(chunksOf(content.bytes), { expected: content.digest });
    expect(await holders([a, b], content)).toEqual(['a', 'b']);
  });

  test('replaces a damaged copy of another member instead of counting it', async () => {
    const members = await threeMembers();
    const [a, b, c] = members;
    await c.kill();
    const content = randomContent(MEGABYTE);
    await b.local.put(chunksOf(content.bytes));
    damage(b.directory, content);
    await a.blobs.put(chunksOf(content.bytes), { expected: content.digest });
    expect(await holders([a, b], content)).toEqual(['a', 'b']);
  });

  test('of content that is not what was announced, too large, or broken off stores nothing anywhere', async () => {
    const members = await threeMembers();
    const [a] = members;
    const content = randomContent(MEGABYTE);
    const wrong = { expected: randomContent(1).digest };
    await expect(a.blobs.put(chunksOf(content.bytes), wrong)).rejects.toMatchObject({
      code: 'BLOB_DIGEST_MISMATCH',
    });
    const small = { expected: content.digest, maxBytes: 100_000 };
    await expect(a.blobs.put(chunksOf(content.bytes), small)).rejects.toMatchObject({
      code: 'BLOB_TOO_LARGE',
    });
    async function* brokenOff() {
      yield content.bytes.subarray(0, 500_000);
      throw new Error('connection reset');
    }
    const put = a.blobs.put(brokenOff(), { expected: content.digest });
    await expect(put).rejects.toThrow('connection reset');
    for (const { local } of members) expect(await local.list()).toEqual([]);
  });
});

describe('adopting a file', () => {
  test('stores it on a majority and takes it away', async () => {
    const members = await threeMembers();
    const content = randomContent(2 * MEGABYTE);
    const file = join(temporaryFolder(), 'upload');
    writeFileSync(file, content.bytes);
    await members[0].blobs.adopt(file, content.digest);
    expect(existsSync(file)).toBe(false);
    await expect.poll(() => holders(members, content)).toEqual(['a', 'b', 'c']);
  });

  test('leaves it where it is when there is no majority, or it is another file', async () => {
    const members = await threeMembers();
    const [a, b, c] = members;
    const content = randomContent(MEGABYTE);
    const file = join(temporaryFolder(), 'upload');
    writeFileSync(file, content.bytes);
    await expect(a.blobs.adopt(file, randomContent(1).digest)).rejects.toMatchObject({
      code: 'BLOB_DIGEST_MISMATCH',
    });
    await b.kill();
    await c.kill();
    await expect(a.blobs.adopt(file, content.digest)).rejects.toMatchObject({
      code: 'BLOB_NO_MAJORITY',
    });
    expect(readFileSync(file).equals(content.bytes)).toBe(true);
    expect(await a.local.list()).toEqual([]);
  });
});

describe('a read', () => {
  async function storedOnAll(sizeBytes: number) {
    const members = await threeMembers();
    const content = randomContent(sizeBytes);
    for (const { local } of members) await local.put(chunksOf(content.bytes));
    return { members, content };
  }

  test.each([
    ['missing', (a: BlobMember, content: Content) => a.local.delete(content.digest)],
    ['damaged', async (a: BlobMember, content: Content) => damage(a.directory, content)],
    [
      'cut short',
      async (a: BlobMember, { digest }: Content) =>
        truncateSync(blobFile(a.directory, digest), 1_000),
    ],
  ])('of a copy that is %s comes from another member and repairs it', async (_, lose) => {
    const { members, content } = await storedOnAll(2 * MEGABYTE);
    const [a] = members;
    // Read before, so that it is known as whole.
    await collect(await a.blobs.get(content.digest));
    await lose(a, content);
    const range = { start: 5, end: 1_500_000 };
    const part = await collect(await a.blobs.get(content.digest, range));
    expect(part.equals(content.bytes.subarray(5, 1_500_000))).toBe(true);
    const whole = await collect(await a.blobs.get(content.digest));
    expect(whole.equals(content.bytes)).toBe(true);
    expect(await holders(members, content)).toEqual(['a', 'b', 'c']);
  });

  test('goes to the next member when one gives wrong bytes or breaks off', async () => {
    const { members, content } = await storedOnAll(4 * MEGABYTE);
    const [a, b, c] = members;
    await a.local.delete(content.digest);
    damage(b.directory, content);
    c.wire.cutAfter(MEGABYTE);
    const whole = await collect(await a.blobs.get(content.digest));
    expect(whole.equals(content.bytes)).toBe(true);
  });

  test('of many at once fetches once', async () => {
    const { members, content } = await storedOnAll(2 * MEGABYTE);
    const [a, b, c] = members;
    await a.local.delete(content.digest);
    const reads = await Promise.all(
      Array.from({ length: 8 }, async () => collect(await a.blobs.get(content.digest))),
    );
    for (const bytes of reads) expect(bytes.equals(content.bytes)).toBe(true);
    expect(b.wire.bytes.from + c.wire.bytes.from).toBeLessThan(2.1 * MEGABYTE);
  });

  test('tells apart what nobody has and what could not be asked for', async () => {
    const [a, b, c] = await threeMembers();
    const { digest } = randomContent(1);
    expect(await a.blobs.has(digest)).toBeUndefined();
    await expect(a.blobs.get(digest)).rejects.toMatchObject({ code: 'BLOB_MISSING' });
    await c.kill();
    const unreachable = { code: 'BLOB_UNREACHABLE', details: { unreachable: ['c'] } };
    await expect(a.blobs.has(digest)).rejects.toMatchObject(unreachable);
    await expect(a.blobs.get(digest)).rejects.toMatchObject(unreachable);
    const content = randomContent(1_000);
    await b.local.put(chunksOf(content.bytes));
    expect(await a.blobs.has(content.digest)).toEqual({ digest: content.digest, sizeBytes: 1_000 });
    await b.kill();
    damage(b.directory, content);
    await b.restart();
    await expect(a.blobs.get(content.digest)).rejects.toMatchObject({ code: 'BLOB_UNREACHABLE' });
    expect(await a.local.list()).toEqual([]);
  });

  test('verifying reads all of it, and repairs', async () => {
    const { members, content } = await storedOnAll(MEGABYTE);
    const [a, b, c] = members;
    damage(a.directory, content);
    const info = { digest: content.digest, sizeBytes: MEGABYTE };
    expect(await a.blobs.verify(content.digest)).toEqual(info);
    for (const { directory } of [a, b, c]) damage(directory, content);
    await expect(a.blobs.verify(content.digest)).rejects.toMatchObject({
      code: 'BLOB_UNREACHABLE',
    });
  });
});

describe('repair', () => {
  test('fetches what is missing, goes on where it stopped, and tells what nobody has', async () => {
    const [a, b, c] = await threeMembers();
    const large = randomContent(8 * MEGABYTE);
    const small = Array.from({ length: 20 }, () => randomContent(10_000));
    const nowhere = randomContent(1);
    for (const { bytes } of [large, ...small]) await b.local.put(chunksOf(bytes));
    const wanted = [large, ...small, nowhere].map(({ digest }) => digest);

    await c.kill();
    b.wire.cutAfter(5 * MEGABYTE);
    const first = await a.blobs.repair(wanted);
    expect(first.missing.map(({ digest }) => digest)).toEqual([nowhere.digest]);
    expect(first.missing[0]?.error).toMatchObject({ code: 'BLOB_UNREACHABLE' });
    expect(first.fetched.toSorted()).toEqual(
      wanted.filter((digest) => digest !== nowhere.digest).toSorted(),
    );
    expect(b.wire.bytes.from).toBeLessThan(11 * MEGABYTE);

    await c.restart();
    const second = await a.blobs.repair(wanted);
    expect(second.fetched).toEqual([]);
    expect(second.missing[0]?.error).toMatchObject({ code: 'BLOB_MISSING' });

    damage(a.directory, large);
    expect((await a.blobs.repair(wanted)).fetched).toEqual([]);
    expect((await a.blobs.repair(wanted, { verify: true })).fetched).toEqual([large.digest]);
    await a.local.verify(large.digest);
  });

  test('that a restart broke off goes on behind what had arrived', async () => {
    const [a, b, c] = await threeMembers();
    await c.kill();
    const content = randomContent(8 * MEGABYTE);
    await b.local.put(chunksOf(content.bytes));
    b.wire.slow(100_000);
    const broken = a.blobs.repair([content.digest]);
    await expect.poll(() => a.local.receivedBytes(content.digest)).toBeGreaterThan(MEGABYTE);
    const receivedBytes = await a.local.receivedBytes(content.digest);
    await a.kill();
    expect((await broken).missing.map(({ digest }) => digest)).toEqual([content.digest]);
    expect(await a.local.list()).toEqual([]);
    b.wire.slow(undefined);
    const sentBytes = b.wire.bytes.from;
    await a.restart();
    await a.blobs.repair([content.digest]);
    await a.local.verify(content.digest);
    expect(b.wire.bytes.from - sentBytes).toBeLessThan(8.1 * MEGABYTE - receivedBytes);
    expect(unfinishedFiles(a.directory)).toEqual([]);
  });
});
