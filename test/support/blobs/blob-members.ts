/** Members with blobs of their own, real HTTP between them, and wires that can be cut. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  openEmbeddedBlobs,
  type EmbeddedBlobs,
} from '../../../replica/drivers/embedded/embedded-blobs.ts';
import { httpBlobPeer } from '../../../replica/drivers/replicated/http/http-blob-peer.ts';
import { serveBlobPeer } from '../../../replica/drivers/replicated/http/serve-blob-peer.ts';
import {
  openReplicatedBlobs,
  type ReplicatedBlobs,
} from '../../../replica/drivers/replicated/replicated-blobs.ts';
import type { ReplicationLimits } from '../../../replica/drivers/replicated/replicated-options.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { startFaultyWire, type FaultyWire } from './faulty-wire.ts';

const peerToken = 'a token that all of the members know, and nobody else';

export interface BlobMember {
  readonly name: string;
  readonly directory: string;
  local: EmbeddedBlobs;
  blobs: ReplicatedBlobs;
  /** Everything that others send to this member goes through it. */
  readonly wire: FaultyWire;
  /** The process ends: connections break, and what is in memory is forgotten. */
  kill(): Promise<void>;
  restart(): Promise<void>;
}

const quickLimits: Partial<ReplicationLimits> = {
  bufferBytes: 256 * 1024,
  slowMsMax: 300,
  majorityMsMax: 1_000,
  lookMsMax: 1_000,
  retryMs: { first: 5, most: 20 },
  catchUpMs: { first: 10, most: 50 },
};

export async function startBlobMembers(
  names: readonly string[],
  limits: Partial<ReplicationLimits> = {},
): Promise<BlobMember[]> {
  const members: BlobMember[] = [];
  const settings = { ...quickLimits, ...limits };
  for (const name of names) members.push(await startMember(name, names, members, settings));
  return members;
}

async function startMember(
  name: string,
  names: readonly string[],
  members: readonly BlobMember[],
  limits: Partial<ReplicationLimits>,
): Promise<BlobMember> {
  const directory = join(temporaryFolder(), name);
  let local = await openEmbeddedBlobs({ directory });
  let server = await serve(local, 0);
  const { port } = server.address() as AddressInfo;
  const wire = await startFaultyWire(port);
  const peersOf = () =>
    names
      .filter((other) => other !== name)
      .map((other) => {
        const url = members.find((member) => member.name === other)?.wire.url ?? '';
        const peer = httpBlobPeer({ name: other, url, token: peerToken, idleTimeoutMs: 1_000 });
        onTestFinished(() => peer.close());
        return peer;
      });
  let peers: ReturnType<typeof peersOf> | undefined;
  const open = () =>
    openReplicatedBlobs({
      local,
      peers: () => (peers ??= peersOf()),
      memberCount: () => names.length,
      limits,
    });
  const member: BlobMember = {
    name,
    directory,
    local,
    blobs: open(),
    wire,
    async kill() {
      wire.refuse(true);
      wire.cut();
      await member.blobs.close();
      await stop(server);
    },
    async restart() {
      local = await openEmbeddedBlobs({ directory });
      member.local = local;
      server = await serve(local, port);
      member.blobs = open();
      wire.refuse(false);
    },
  };
  onTestFinished(async () => {
    await member.blobs.close();
    await stop(server);
  });
  return member;
}

async function serve(blobs: EmbeddedBlobs, port: number): Promise<Server> {
  const server = createServer(serveBlobPeer({ blobs, token: peerToken, idleTimeoutMs: 1_000 }));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  if (server.listening) await new Promise((resolve) => server.close(resolve));
}
