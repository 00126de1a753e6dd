/** Opens the stores of a controller that is one of several: logs of the engine, blobs on all members. */

import { join } from 'node:path';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import { isTarsierError, type TarsierError } from '../../errors/tarsier-error.ts';
import { registryMachine } from '../../registry/registry-machine.ts';
import type { StateMachine } from '../../replica/core/replica.ts';
import {
  openEmbeddedBlobs,
  type EmbeddedBlobs,
} from '../../replica/drivers/embedded/embedded-blobs.ts';
import {
  openJetStreamLog,
  type JetStreamLog,
} from '../../replica/drivers/jetstream/open-jetstream-log.ts';
import {
  httpBlobPeer,
  type HttpBlobPeer,
} from '../../replica/drivers/replicated/http/http-blob-peer.ts';
import {
  openReplicatedBlobs,
  type ReplicatedBlobs,
} from '../../replica/drivers/replicated/replicated-blobs.ts';
import { openReplica } from '../../replica/open-replica.ts';
import type { Stores } from '../open-stores.ts';
import { patchMachine } from '../patch/patch-machine.ts';
import { blobStorePath, type BlobStore } from '../peers/blob-stores.ts';
import { memberUrl } from './member-url.ts';
import { ownMember, type ClusterFile } from './cluster-file.ts';

export interface ClusterStores extends Stores {
  readonly packageBlobs: ReplicatedBlobs;
  /** This member's own copies, for the others to read and write. */
  readonly localBlobs: Readonly<Record<BlobStore, EmbeddedBlobs>>;
  readonly logs: readonly JetStreamLog[];
  /** Fetches packages that are recorded and missing here. Resolves when nothing more can be had now. */
  fetchMissing(): Promise<void>;
}

export interface ClusterStoresOptions {
  readonly file: ClusterFile;
  readonly dataDir: string;
  readonly connection: NatsConnection;
  readonly logger: Logger;
  /** A store cannot go on; the process must end, and start again. */
  readonly onFailed: (error: TarsierError) => void;
  readonly signal?: AbortSignal;
}

/** A cluster that starts needs its members one after the other, and people who start them. */
export const readyMsMax = 600_000;

/** Where each store lies in the data folder: as in one that is alone. */
const folders: Readonly<Record<BlobStore, string>> = {
  'registry-snapshots': join('registry', 'snapshots'),
  'patch-snapshots': join('patch', 'snapshots'),
  packages: 'packages',
};

export async function openClusterStores(options: ClusterStoresOptions): Promise<ClusterStores> {
  const opening = new Opening(options);
  try {
    return await opening.open();
  } catch (error) {
    await opening.close();
    throw error;
  }
}

class Opening {
  readonly #options: ClusterStoresOptions;
  readonly #opened: { close(): Promise<void> }[] = [];
  readonly #local = new Map<BlobStore, EmbeddedBlobs>();
  readonly #logs: JetStreamLog[] = [];

  constructor(options: ClusterStoresOptions) {
    this.#options = options;
  }

  async open(): Promise<ClusterStores> {
    const registry = await this.#openReplica('registry', registryMachine);
    const patch = await this.#openReplica('patch', patchMachine);
    const packageBlobs = await this.#openBlobs('packages');
    const { logger } = this.#options;
    return {
      registry,
      patch,
      packageBlobs,
      logs: this.#logs,
      localBlobs: Object.fromEntries(this.#local) as Record<BlobStore, EmbeddedBlobs>,
      async fetchMissing() {
        const wanted = [...patch.state.packages.values()].flatMap(({ versions }) =>
          [...versions.values()].map(({ digest }) => digest),
        );
        const { missing } = await packageBlobs.repair(new Set(wanted));
        if (missing.length > 0)
          logger.warn({ missing: missing.length }, 'packages are missing here');
      },
      close: () => this.close(),
    };
  }

  async close(): Promise<void> {
    for (const part of this.#opened.splice(0).toReversed()) await part.close();
  }

  async #openReplica<State, Command, Result>(
    name: 'registry' | 'patch',
    machine: StateMachine<State, Command, Result>,
  ) {
    const { file, dataDir, connection, logger, onFailed, signal } = this.#options;
    const blobs = await this.#openBlobs(`${name}-snapshots`);
    const log = await openJetStreamLog({
      name: `${file.cluster}-${name}`,
      connection,
      directory: join(dataDir, name, 'copy'),
      replicas: file.members.length,
      openTimeoutMs: readyMsMax,
      onFailed,
      ...(signal === undefined ? {} : { signal }),
      onRepair: (repair) =>
        logger.warn({ log: name, ...repair }, 'the engine lost entries, put back'),
      onTrouble: (error) => logger.warn({ log: name, err: error }, 'the log waits'),
      onSetAside: (_directory, error) =>
        logger.error({ log: name, err: error }, 'own copy put aside'),
    });
    this.#opened.push(log);
    this.#logs.push(log);
    const replica = await openReplica({
      log,
      blobs,
      machine,
      onFailed,
      onSnapshotFailed: (error) => logger.error({ log: name, err: error }, 'snapshot failed'),
    });
    this.#opened.push(replica);
    return replica;
  }

  async #openBlobs(store: BlobStore): Promise<ReplicatedBlobs> {
    const { file, dataDir, logger } = this.#options;
    const local = await openEmbeddedBlobs({ directory: join(dataDir, folders[store]) });
    this.#local.set(store, local);
    const peers = otherMembers(file).map((member) =>
      httpBlobPeer({
        name: member.name,
        url: `${memberUrl(member)}${blobStorePath(store)}`,
        token: file.peerToken,
        ca: file.tls.ca,
      }),
    );
    const blobs = openReplicatedBlobs({
      local,
      peers: () => peers,
      memberCount: () => file.members.length,
      onPeerBehind(peer, error) {
        const isRefused = isTarsierError(error) && error.code === 'BLOB_PEER_REFUSED';
        logger[isRefused ? 'warn' : 'debug']({ store, peer, err: error }, 'member is behind');
      },
    });
    this.#opened.push({
      async close() {
        await blobs.close();
        for (const peer of peers) await (peer satisfies HttpBlobPeer).close();
      },
    });
    return blobs;
  }
}

function otherMembers(file: ClusterFile) {
  const own = ownMember(file);
  return file.members.filter(({ name }) => name !== own.name);
}
