import { createServer, request, type IncomingMessage, type RequestOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openEmbeddedBlobs } from '../../../replica/drivers/embedded/embedded-blobs.ts';
import { httpBlobPeer } from '../../../replica/drivers/replicated/http/http-blob-peer.ts';
import { serveBlobPeer } from '../../../replica/drivers/replicated/http/serve-blob-peer.ts';
import { chunksOf, collect, randomContent, unfinishedFiles } from '../../support/blobs/content.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const token = 'what the members of this cluster know';
const { signal } = new AbortController();

async function served(
  options: { readonly maxBytes?: number; readonly idleTimeoutMs?: number } = {},
) {
  const directory = join(temporaryFolder(), 'blobs');
  const blobs = await openEmbeddedBlobs({ directory });
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const server = createServer(serveBlobPeer({ blobs, token, onError, ...options }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const peer = httpBlobPeer({ name: 'b', url: `http://127.0.0.1:${port}`, token });
  onTestFinished(async () => {
    await peer.close();
    server.closeAllConnections();
    server.close();
  });
  const ask = (path: string, wanted: RequestOptions, body?: Uint8Array) => {
    const headers = { authorization: `Bearer ${token}`, ...wanted.headers };
    return new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request({ port, path, ...wanted, headers }, (response) => {
        response.resume();
        resolve(response);
      });
      sent.on('error', reject);
      sent.end(body ?? '');
    });
  };
  return { blobs, directory, errors, peer, port, ask };
}

describe('the blobs that a member serves', () => {
  test.each([
    ['no token', ''],
    ['another token', `Bearer ${token.replaceAll('a', 'b')}`],
    ['a longer token', `Bearer ${token}x`],
    ['an empty token', 'Bearer '],
    ['another scheme', `Basic ${token}`],
  ])('need the token, and %s is not it', async (_, authorization) => {
    const { blobs, ask } = await served();
    const { bytes, digest } = randomContent(100);
    await blobs.put(chunksOf(bytes));
    const other = randomContent(100);
    const headers = { authorization };
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
      for (const path of [`/peer/blobs/${digest}`, `/peer/blobs/${other.digest}`, '/']) {
        expect(
          (await ask(path, { method, headers }, method === 'PUT' ? other.bytes : undefined))
            .statusCode,
        ).toBe(401);
      }
    }
    expect((await blobs.list()).map((info) => info.digest)).toEqual([digest]);
    expect(await blobs.receivedBytes(other.digest)).toBe(0);
  });

  test('answer nothing but blobs, and delete none', async () => {
    const { blobs, ask, errors } = await served();
    const { bytes, digest } = randomContent(100);
    await blobs.put(chunksOf(bytes));
    for (const [method, path] of [
      ['DELETE', `/peer/blobs/${digest}`],
      ['POST', `/peer/blobs/${digest}`],
      ['GET', '/peer/blobs/'],
      ['GET', '/peer/blobs/sha256:../../../../etc/passwd'],
      ['GET', `/peer/blobs/${digest}/x`],
      ['GET', `/peer/blobs/${randomContent(1).digest}`],
    ] as const) {
      expect((await ask(path, { method })).statusCode, `${method} ${path}`).toBe(404);
    }
    expect(await blobs.has(digest)).toBeDefined();
    expect(errors).toEqual([]);
  });

  test('come in ranges', async () => {
    const { blobs, ask, peer } = await served();
    const { bytes, digest } = randomContent(300_000);
    await blobs.put(chunksOf(bytes));
    for (const start of [0, 1, 150_000, 299_999]) {
      const content = await collect(await peer.get(digest, start, signal));
      expect(content.equals(bytes.subarray(start))).toBe(true);
    }
    for (const start of [300_000, 10_000_000]) {
      const headers = { range: `bytes=${start}-` };
      const response = await ask(`/peer/blobs/${digest}`, { headers });
      expect(response.statusCode).toBe(416);
      expect(response.headers['content-range']).toBe('bytes */300000');
    }
    await expect(peer.get(randomContent(1).digest, 0, signal)).rejects.toMatchObject({
      code: 'BLOB_MISSING',
    });
  });

  test('can be sent twice', async () => {
    const { blobs, peer, directory } = await served();
    const { bytes, digest } = randomContent(300_000);
    for (let time = 0; time < 2; time += 1) {
      await peer.put(digest, 0, chunksOf(bytes), signal);
      expect(await blobs.verify(digest)).toEqual({ digest, sizeBytes: bytes.length });
    }
    expect(unfinishedFiles(directory)).toEqual([]);
  });

  test.each([
    ['with other content', 'BLOB_DIGEST_MISMATCH', (bytes: Buffer) => bytes.fill(0)],
    ['above the limit', 'BLOB_TOO_LARGE', (bytes: Buffer) => Buffer.concat([bytes, bytes])],
  ])('are refused %s, and nothing of it stays', async (_, code, change) => {
    const { peer, directory, blobs, errors } = await served({ maxBytes: 2_000_000 });
    const { bytes, digest } = randomContent(1_500_000);
    const put = peer.put(digest, 0, chunksOf(change(bytes)), signal);
    await expect(put).rejects.toMatchObject({ code });
    await expect.poll(() => unfinishedFiles(directory)).toEqual([]);
    expect(await blobs.list()).toEqual([]);
    expect(errors).toEqual([]);
  });

  test('are gone on with only where they stopped', async () => {
    const { blobs, peer, directory } = await served();
    const { bytes, digest } = randomContent(300_000);
    const put = peer.put(digest, 100_000, chunksOf(bytes.subarray(100_000)), signal);
    await expect(put).rejects.toMatchObject({ code: 'BLOB_OFFSET' });
    async function* brokenOff() {
      yield* chunksOf(bytes.subarray(0, 200_000));
      throw new Error('gone');
    }
    await expect(peer.put(digest, 0, brokenOff(), signal)).rejects.toMatchObject({
      code: 'BLOB_PEER_FAILED',
    });
    const received = async () => (await peer.look(digest, { signal })).sizeBytes;
    await expect.poll(received).toBeGreaterThan(100_000);
    expect(await blobs.has(digest)).toBeUndefined();
    // Behind, and also again from before where it stopped.
    await peer.put(digest, 90_000, chunksOf(bytes.subarray(90_000)), signal);
    await blobs.verify(digest);
    expect(unfinishedFiles(directory)).toEqual([]);
  });

  test('come from one sender at a time, and a silent one does not hold the place', async () => {
    const { blobs, peer, port } = await served({ idleTimeoutMs: 500 });
    const { bytes, digest } = randomContent(300_000);
    const headers = { authorization: `Bearer ${token}` };
    const silent = request({ port, method: 'PUT', path: `/peer/blobs/${digest}`, headers });
    const ended = new Promise((resolve) => silent.on('error', resolve));
    silent.write(bytes.subarray(0, 100_000));
    await expect.poll(() => blobs.receivedBytes(digest).catch(() => 0), { interval: 5 }).toBe(0);
    const arriving = { code: 'BLOB_ARRIVING' };
    await expect
      .poll(() => peer.put(digest, 0, chunksOf(bytes), signal).catch((error: unknown) => error), {
        interval: 1,
      })
      .toMatchObject(arriving);
    await ended;
    await expect
      .poll(() => peer.put(digest, 0, chunksOf(bytes), signal).then(() => 'stored', String))
      .toBe('stored');
    await blobs.verify(digest);
  });

  test('say nothing of what goes wrong inside, and tell it here', async () => {
    const { blobs, directory, errors, peer } = await served();
    const { bytes, digest } = randomContent(1_000);
    blobs.receive = async () => {
      throw new Error(`EIO: ${directory}`);
    };
    const put = peer.put(digest, 0, chunksOf(bytes), signal);
    await expect(put).rejects.toMatchObject({ code: 'BLOB_PEER_FAILED' });
    await expect(put).rejects.not.toThrow(directory);
    expect(errors).toHaveLength(1);
  });
});

test('a token that can be guessed is not accepted', async () => {
  const blobs = await openEmbeddedBlobs({ directory: join(temporaryFolder(), 'blobs') });
  expect(() => serveBlobPeer({ blobs, token: 'short' })).toThrow('too short');
});
