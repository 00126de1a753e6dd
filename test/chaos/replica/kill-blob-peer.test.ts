import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { openEmbeddedBlobs } from '../../../replica/drivers/embedded/embedded-blobs.ts';
import { httpBlobPeer } from '../../../replica/drivers/replicated/http/http-blob-peer.ts';
import { openReplicatedBlobs } from '../../../replica/drivers/replicated/replicated-blobs.ts';
import { blobFile, chunksOf, randomContent } from '../../support/blobs/content.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const token = 'what the members of this cluster know';
const script = fileURLToPath(new URL('blob-peer-process.ts', import.meta.url));
const MEGABYTE = 1024 * 1024;
const KILLS = 3;

async function startPeer(directory: string, port: number) {
  const child = fork(script, [directory, String(port), token]);
  const [message] = (await once(child, 'message')) as [{ port: number }];
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  onTestFinished(kill);
  return { port: message.port, kill };
}

function arrivedBytes(directory: string): number {
  const folder = join(directory, 'arriving');
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

test('a member that is killed in the middle of a push, again and again, ends up with all of it', async () => {
  const folder = temporaryFolder();
  const directory = join(folder, 'b');
  const local = await openEmbeddedBlobs({ directory: join(folder, 'a') });
  let peer = await startPeer(directory, 0);
  const b = httpBlobPeer({ name: 'b', url: `http://127.0.0.1:${peer.port}`, token });
  const c = httpBlobPeer({ name: 'c', url: 'http://127.0.0.1:1', token });
  onTestFinished(async () => {
    await b.close();
    await c.close();
  });
  let sentBytes = 0;
  const counting = {
    ...b,
    put: (...[digest, offset, content, signal]: Parameters<typeof b.put>) => {
      async function* counted() {
        for await (const chunk of content) {
          sentBytes += chunk.length;
          yield chunk;
        }
      }
      return b.put(digest, offset, counted(), signal);
    },
  };
  const blobs = openReplicatedBlobs({
    local,
    peers: () => [counting, c],
    memberCount: () => 3,
    limits: { majorityMsMax: 60_000 },
  });
  onTestFinished(() => blobs.close());

  const { bytes, digest } = randomContent(64 * MEGABYTE);
  const put = blobs.put(chunksOf(bytes), { expected: digest });
  const isDone = put.then(
    () => 'done',
    () => 'failed',
  );
  let mostBytes = 0;
  for (let kills = 0; kills < KILLS; kills += 1) {
    await expect
      .poll(() => arrivedBytes(directory), { interval: 1, timeout: 20_000 })
      .toBeGreaterThan(mostBytes + 4 * MEGABYTE);
    await peer.kill();
    // Nothing that is not whole has a name.
    expect(existsSync(blobFile(directory, digest))).toBe(false);
    mostBytes = arrivedBytes(directory);
    peer = await startPeer(directory, peer.port);
  }
  expect(await isDone).toBe('done');
  // Gone on with each time: what was sent twice is what was in memory and on the wire.
  expect(sentBytes).toBeLessThan(bytes.length + KILLS * 12 * MEGABYTE);
  await peer.kill();
  const store = await openEmbeddedBlobs({ directory });
  expect(await store.verify(digest)).toEqual({ digest, sizeBytes: bytes.length });
  expect(arrivedBytes(directory)).toBe(0);
}, 120_000);
