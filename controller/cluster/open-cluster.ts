/** Makes a controller a member of its cluster: engine, connection, the other members, stores. */

import { randomBytes } from 'node:crypto';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import type { TarsierError } from '../../errors/tarsier-error.ts';
import type { ClusterPorts } from '../agents/cluster-ports.ts';
import { claimForEngine } from '../engine-mark.ts';
import { waitUntilReady } from '../../replica/drivers/jetstream/server/wait-until-ready.ts';
import { natsSignals } from '../../replica/drivers/jetstream/nats-signals.ts';
import type { ClusterFile } from './cluster-file.ts';
import { openClusterStores, readyMsMax, type ClusterStores } from './cluster-stores.ts';
import { keepCopies } from './keep-copies.ts';
import { LiveMembers, type MemberNews } from './live-members.ts';
import { memberUrl } from './member-url.ts';
import { openEngine, type Engine } from './open-engine.ts';

export interface OpenClusterOptions {
  readonly file: ClusterFile;
  readonly dataDir: string;
  readonly version: string;
  /** The program of the engine; absent: `nats-server` on PATH. */
  readonly serverBinary?: string;
  /** Servers that the operator runs. */
  readonly externalUrl?: string;
  /** A store cannot go on; the process must end, and start again. */
  readonly onFailed: (error: TarsierError) => void;
  /** Gives up waiting for the others, and ends in good order. */
  readonly signal?: AbortSignal;
  readonly logger: Logger;
}

export interface Cluster {
  readonly file: ClusterFile;
  readonly engine: Engine;
  readonly connection: NatsConnection;
  readonly stores: ClusterStores;
  readonly members: LiveMembers;
  readonly ports: Omit<ClusterPorts, 'isLeader'>;
  /** What only the running controller knows of itself, told to the others from then on. */
  tell(own: RunningNews): void;
  close(): Promise<void>;
}

const COPIES_EVERY_MS = 5_000;
const REPAIR_EVERY_MS = 60_000;
const RECONNECT_WAIT_MS = 250;
const PING_INTERVAL_MS = 2_000;

/** Waits for a majority of the members, with a line in the log. Fails as engine and logs do. */
export async function openCluster(options: OpenClusterOptions): Promise<Cluster> {
  const { file, dataDir, logger } = options;
  const mark = { engine: 'jetstream', cluster: file.cluster, member: file.member } as const;
  await claimForEngine(dataDir, mark);
  const stack = new AsyncDisposableStack();
  try {
    const engine = await openEngine({
      clusterFile: file,
      dataDir,
      logger,
      ...(options.serverBinary === undefined ? {} : { binary: options.serverBinary }),
      ...(options.externalUrl === undefined ? {} : { externalUrl: options.externalUrl }),
    });
    stack.defer(() => engine.close());
    const connection = await unlessAborted(options.signal, connectTo(engine, options));
    stack.defer(() => connection.close());
    const { onFailed, signal } = options;
    const opening = openClusterStores({
      file,
      dataDir,
      connection,
      logger,
      onFailed,
      ...(signal === undefined ? {} : { signal }),
    });
    const stores = await unlessAborted(options.signal, opening);
    stack.defer(() => stores.close());
    return join(options, { engine, connection, stores, stack });
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** Rejects when the signal aborts first; what was waited for may go on, and fails by itself. */
async function unlessAborted<Value>(
  signal: AbortSignal | undefined,
  work: Promise<Value>,
): Promise<Value> {
  if (signal === undefined) return work;
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    work.catch(() => undefined);
  }
}

async function connectTo(
  { servers, connectOptions }: Engine,
  { file, logger, signal }: OpenClusterOptions,
): Promise<NatsConnection> {
  logger.info({ members: file.members.map(({ name }) => name) }, 'waiting for most members');
  await waitUntilReady({ servers, ...connectOptions }, readyMsMax, signal);
  return connect({
    servers,
    ...connectOptions,
    name: file.member,
    // The nearest server first: the one of this member.
    noRandomize: true,
    noEcho: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: 2,
  });
}

interface Opened extends Pick<Cluster, 'engine' | 'connection' | 'stores'> {
  readonly stack: AsyncDisposableStack;
}

/** Packages that others stored are fetched as soon as they are recorded; what fails is tried again. */
function keepPackagesWhole(stores: ClusterStores, logger: Logger): () => void {
  let running = Promise.resolve();
  const fetchSoon = () => {
    running = running
      .then(() => stores.fetchMissing())
      .catch((error: unknown) => logger.warn({ err: error }, 'missing packages not fetched'));
  };
  fetchSoon();
  const unsubscribe = stores.patch.subscribe(fetchSoon);
  const timer = setInterval(fetchSoon, REPAIR_EVERY_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    unsubscribe();
  };
}

type RunningNews = () => Pick<MemberNews, 'isLeader' | 'agents'>;

const starting: RunningNews = () => ({ isLeader: false, agents: 0 });

function join({ file, version, logger }: OpenClusterOptions, opened: Opened): Cluster {
  const { engine, connection, stores, stack } = opened;
  let running = starting;
  const about = {
    name: file.member,
    start: randomBytes(6).toString('hex'),
    version,
    startedAt: Date.now(),
    members: file.members.length,
  };
  const members = new LiveMembers({
    signals: natsSignals(connection, `tarsier.${file.cluster}`),
    names: file.members.map(({ name }) => name),
    own: () => ({
      ...about,
      ...running(),
      applied: { registry: stores.registry.sequence, patch: stores.patch.sequence },
    }),
  });
  stack.defer(() => members.close());
  stack.defer(keepPackagesWhole(stores, logger));
  const isLeader = () => running().isLeader;
  const timer = setInterval(() => {
    void keepCopies({ file, members, logs: stores.logs, isLeader, logger });
  }, COPIES_EVERY_MS);
  stack.defer(() => clearInterval(timer));
  return {
    file,
    engine,
    connection,
    stores,
    members,
    ports: {
      controller: file.member,
      liveControllers: () => members.live,
      isCutOff: () => members.isAlone,
      urls() {
        const { live } = members;
        return file.members.filter(({ name }) => live.has(name)).map(memberUrl);
      },
    },
    tell(own) {
      running = own;
      members.tell();
    },
    close: () => stack.disposeAsync(),
  };
}
