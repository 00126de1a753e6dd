/** One member of the blob benchmark: its blobs over HTTP, its log, and orders from its parent. */

import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Digest } from '../../replica/core/blobs.ts';
import { openEmbeddedBlobs } from '../../replica/drivers/embedded/embedded-blobs.ts';
import { httpBlobPeer } from '../../replica/drivers/replicated/http/http-blob-peer.ts';
import { serveBlobPeer } from '../../replica/drivers/replicated/http/serve-blob-peer.ts';
import { openReplicatedBlobs } from '../../replica/drivers/replicated/replicated-blobs.ts';
import type { BlobPeer } from '../../replica/drivers/replicated/blob-peer.ts';
import { openBenchLog } from './bench-log.ts';
import type { MemberOrder, MemberAnswer } from './member-orders.ts';

const [directory, engine = 'embedded'] = process.argv.slice(2);
if (directory === undefined || process.send === undefined) process.exit(2);

const token = 'bench'.repeat(8);
/** As it comes from a socket or a file. */
const pieceBytes = 64 * 1024;
const local = await openEmbeddedBlobs({ directory: join(directory, 'blobs') });
const log = await openBenchLog(engine, join(directory, 'log'));
let peers: readonly BlobPeer[] = [];
const blobs = openReplicatedBlobs({ local, peers: () => peers, memberCount: () => 3 });
const server = createServer(serveBlobPeer({ blobs: local, token }));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

let rssMost = 0;
setInterval(() => (rssMost = Math.max(rssMost, process.memoryUsage.rss())), 50).unref();

/** Made on the way, different in every piece, and cheap beside storing it. */
async function* contentOf(seed: number, sizeBytes: number): AsyncGenerator<Uint8Array> {
  const piece = Buffer.alloc(pieceBytes, createHash('sha256').update(`${seed}`).digest());
  for (let start = 0; start < sizeBytes; start += pieceBytes) {
    piece.writeUInt32LE(start / pieceBytes, 0);
    // A copy: who takes it may hold it for longer.
    yield Buffer.from(piece.subarray(0, Math.min(pieceBytes, sizeBytes - start)));
  }
}

async function digestOf(seed: number, sizeBytes: number): Promise<Digest> {
  const hash = createHash('sha256');
  for await (const piece of contentOf(seed, sizeBytes)) hash.update(piece);
  return `sha256:${hash.digest('hex')}`;
}

/** Latencies of appends, one by one and a moment apart, until told to end. */
async function append(isDone: () => boolean): Promise<number[]> {
  const latenciesMs: number[] = [];
  while (!isDone()) {
    const start = performance.now();
    await log.append({ commandId: randomUUID(), payload: Buffer.alloc(200, 7) });
    latenciesMs.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return latenciesMs;
}

async function measured(work: () => Promise<void>, withLog: boolean): Promise<MemberAnswer> {
  rssMost = process.memoryUsage.rss();
  const rssBefore = rssMost;
  let done = false;
  const appending = withLog ? append(() => done) : Promise.resolve([]);
  const start = performance.now();
  await work();
  const tookMs = performance.now() - start;
  done = true;
  return { tookMs, rssGrowthBytes: rssMost - rssBefore, latenciesMs: await appending };
}

async function obey(order: MemberOrder): Promise<MemberAnswer> {
  switch (order.kind) {
    case 'join':
      peers = order.peers.map(({ name, port }) =>
        httpBlobPeer({ name, url: `http://127.0.0.1:${port}`, token }),
      );
      return { port: 0 };
    case 'put': {
      const expected = await digestOf(order.seed, order.sizeBytes);
      const work = async () => {
        await blobs.put(contentOf(order.seed, order.sizeBytes), { expected });
      };
      return { ...(await measured(work, order.withLog)), digest: expected };
    }
    case 'get':
      return measured(async () => {
        let sizeBytes = 0;
        for await (const chunk of await blobs.get(order.digest)) sizeBytes += chunk.length;
        if (sizeBytes !== order.sizeBytes) throw new Error('not all of it came');
      }, order.withLog);
    case 'idle':
      return measured(() => new Promise((resolve) => setTimeout(resolve, order.forMs)), true);
    case 'settle':
      await blobs.caughtUp();
      return {};
    case 'rss':
      rssMost = process.memoryUsage.rss();
      return { rssGrowthBytes: rssMost };
    case 'rssMost':
      return { rssGrowthBytes: rssMost };
    case 'forget':
      await local.delete(order.digest);
      return {};
  }
}

process.on('message', (order: MemberOrder) => {
  obey(order).then(
    (answer) => process.send?.(answer),
    (error: unknown) => process.send?.({ failure: String(error) } satisfies MemberAnswer),
  );
});
process.on('disconnect', () => process.exit(0));
process.send({ port: (server.address() as AddressInfo).port } satisfies MemberAnswer);
