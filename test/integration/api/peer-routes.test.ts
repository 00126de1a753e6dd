import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { listenApi } from '../../../controller/api/listen.ts';
import { createApiServer } from '../../../controller/api/server.ts';
import { openSharedTokens, openTokens } from '../../../controller/api/tokens.ts';
import { registerPeerRoutes } from '../../../controller/peers/peer-routes.ts';
import { openEmbeddedBlobs } from '../../../replica/drivers/embedded/embedded-blobs.ts';
import { httpBlobPeer } from '../../../replica/drivers/replicated/http/http-blob-peer.ts';
import { chunksOf, collect, randomContent } from '../../support/blobs/content.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const tokenOf = (letter: string) => letter.repeat(43);
const shared = {
  publish: tokenOf('p'),
  agent: tokenOf('a'),
  admin: 'a'.repeat(43),
  read: tokenOf('r'),
  peer: tokenOf('c'),
};

async function servedPeer(withTls: boolean) {
  const fixtures = new URL('../../fixtures/tls/', import.meta.url);
  const cert = readFileSync(new URL('localhost.crt', fixtures), 'utf8');
  const key = readFileSync(new URL('localhost.key', fixtures), 'utf8');
  const address = { host: '127.0.0.1', port: 0 };
  const blobs = await openEmbeddedBlobs({ directory: join(temporaryFolder(), 'blobs') });
  const app = await createApiServer({
    address,
    tokens: openSharedTokens(shared),
    limits: { bodyBytesMax: 1_000, requestsPerMinute: 10 },
    ...(withTls && { tls: { cert, key } }),
  });
  registerPeerRoutes(app, '', { blobs, token: shared.peer });
  onTestFinished(() => app.close());
  const url = (await listenApi(app, address)).replace(
    '127.0.0.1',
    withTls ? 'localhost' : '127.0.0.1',
  );
  const connect = (token: string) => {
    const peer = httpBlobPeer({ name: 'b', url, token, ...(withTls && { ca: cert }) });
    onTestFinished(() => peer.close());
    return peer;
  };
  return { app, blobs, url, connect };
}

const { signal } = new AbortController();

describe('blobs of a controller for the others', () => {
  test.each([
    ['HTTP', false],
    ['HTTPS', true],
  ])('come and go over %s, beyond the limits for bodies and requests', async (_, withTls) => {
    const { blobs, connect } = await servedPeer(withTls);
    const peer = connect(shared.peer);
    for (let index = 0; index < 12; index += 1) {
      const { bytes, digest } = randomContent(300_000);
      await peer.put(digest, 0, chunksOf(bytes), signal);
      expect(await peer.look(digest, { verify: true, signal })).toEqual({
        isWhole: true,
        sizeBytes: bytes.length,
      });
      expect((await collect(await peer.get(digest, 0, signal))).equals(bytes)).toBe(true);
      const tail = await collect(await peer.get(digest, 299_000, signal));
      expect(tail.equals(bytes.subarray(299_000))).toBe(true);
      expect((await blobs.has(digest))?.sizeBytes).toBe(bytes.length);
    }
  });

  test.each(['publish', 'agent', 'read'] as const)('need more than the %s token', async (kind) => {
    const { blobs, connect } = await servedPeer(false);
    const { bytes, digest } = randomContent(1_000);
    const refused = { code: 'BLOB_PEER_REFUSED', consequence: 'terminal' };
    const peer = connect(shared[kind]);
    await expect(peer.put(digest, 0, chunksOf(bytes), signal)).rejects.toMatchObject(refused);
    await blobs.put(chunksOf(bytes));
    await expect(peer.get(digest, 0, signal)).rejects.toMatchObject(refused);
    await expect(peer.look(digest, { signal })).rejects.toMatchObject(refused);
  });

  test('are no place to reach files from', async () => {
    const { url } = await servedPeer(false);
    for (const path of ['sha256:..%2f..%2fetc', 'x', `sha256:${'0'.repeat(65)}`]) {
      const status = await new Promise((resolve) => {
        const headers = { authorization: `Bearer ${shared.peer}` };
        request(`${url}/peer/blobs/${path}`, { headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        }).end();
      });
      expect(status).toBe(404);
    }
  });
});

test('a controller of its own has no token for others', async () => {
  const tokens = await openTokens(join(temporaryFolder(), 'tokens'));
  for (const text of ['', 'undefined', shared.peer])
    expect(tokens.matches('peer', text)).toBe(false);
  expect(() => openSharedTokens({ ...shared, peer: 'short' })).toThrow('kind peer');
});
