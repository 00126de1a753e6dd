/** Opens the log and the blobs that a process of the service stands on. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import {
  httpBlobPeer,
  openEmbeddedBlobs,
  openEmbeddedLog,
  openJetStreamLog,
  openReplicatedBlobs,
  serveBlobPeer,
  type Blobs,
  type Log,
} from '../../replica/main.ts';

export interface EngineOptions {
  readonly directory: string;
  /** Of NATS; each process may name them all. */
  readonly servers: readonly string[];
  /** Where this process gives its blobs to the others. */
  readonly peerPort: number;
  /** Where the others give theirs. */
  readonly peers: readonly string[];
  /** What all processes know, and nobody else. */
  readonly peerToken: string;
}

export interface Engine {
  readonly log: Log;
  /** Where snapshots go. */
  readonly blobs: Blobs;
  /** After the replica. */
  close(): Promise<void>;
}

/** One entry for each engine: the service above does not know which one it runs on. */
const engines = {
  /** Everything in one directory of this machine, for one process. */
  async embedded({ directory }: EngineOptions): Promise<Engine> {
    const log = await openEmbeddedLog({ directory: join(directory, 'log') });
    const blobs = await openEmbeddedBlobs({ directory: join(directory, 'blobs') });
    return { log, blobs, close: () => log.close() };
  },

  /** A log that a majority of the NATS servers keeps, and blobs that a majority of the processes has. */
  async jetstream(options: EngineOptions): Promise<Engine> {
    const { directory, servers, peers, peerToken } = options;
    const members = peers.length + 1;
    const local = await openEmbeddedBlobs({ directory: join(directory, 'blobs') });
    const server = createServer(serveBlobPeer({ blobs: local, token: peerToken }));
    await once(server.listen(options.peerPort, '127.0.0.1'), 'listening');
    const others = peers.map((url) => httpBlobPeer({ name: url, url, token: peerToken }));
    const blobs = openReplicatedBlobs({ local, peers: () => others, memberCount: () => members });
    const connection = await connect({
      servers: [...servers],
      noEcho: true,
      maxReconnectAttempts: -1,
    });
    const log = await openJetStreamLog({
      name: 'counters',
      connection,
      directory: join(directory, 'log'),
      replicas: members,
      // Nobody may go on from a log that failed: the supervisor starts the process again.
      onFailed(error) {
        console.error(error.message);
        process.exit(1);
      },
    });
    return {
      log,
      blobs,
      async close() {
        await log.close();
        await connection.close();
        await blobs.close();
        for (const other of others) await other.close();
        server.closeAllConnections();
        server.close();
      },
    };
  },
};

export type EngineName = keyof typeof engines;

export function isEngineName(name: string): name is EngineName {
  return Object.hasOwn(engines, name);
}

export const engineNames = Object.keys(engines);

export function openEngine(name: EngineName, options: EngineOptions): Promise<Engine> {
  return engines[name](options);
}
