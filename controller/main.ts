/** Starts a controller: stores, HTTP, agents, packages, the way from Git, and rollouts. */

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { TarsierError } from '../errors/tarsier-error.ts';
import type { AgentLinks } from './agents/agent-links.ts';
import { alone } from './agents/cluster-ports.ts';
import { registerLink } from './agents/register-link.ts';
import { checkIsFree, explainListenFailure, listenApi, type ListenAddress } from './api/listen.ts';
import type { ApiMetrics } from './api/metrics.ts';
import { makeStatusPorts } from './make-status-ports.ts';
import { registerStatusRoutes } from './api/register-status.ts';
import { createApiServer } from './api/server.ts';
import {
  keepSharedTokens,
  openSharedTokens,
  openTokens,
  readTokens,
  type Tokens,
} from './api/tokens.ts';
import { openCluster, type Cluster, type OpenClusterOptions } from './cluster/open-cluster.ts';
import { claimForEngine } from './engine-mark.ts';
import { blobStores, blobStorePath } from './peers/blob-stores.ts';
import { registerPeerRoutes } from './peers/peer-routes.ts';
import { registerBackupRoute } from './api/routes/backup-route.ts';
import { CollectStore } from './collect/collect-store.ts';
import { keepLeadership, type Leadership } from './leadership.ts';
import { openPipeline, type Pipeline } from './open-pipeline.ts';
import { openStores, type Stores } from './open-stores.ts';
import { openWhenKnown, type LateLocator } from './locator/late-locator.ts';
import { startLocator } from './locator/start-locator.ts';
import { openPatchStore } from './open-patch-store.ts';
import type { Patch } from './patch/open-patch.ts';
import { registerPatchRoutes } from './patch/patch-routes.ts';
import { openPublish } from './publish/open-publish.ts';
import type { PublishMode } from './publish/publish-package.ts';
import { beginRebuild, type RebuildWish } from './rebuild/begin-rebuild.ts';
import { RebuildWatch } from './rebuild/rebuild-watch.ts';
import { RolloutLoop } from './rollout/rollout-loop.ts';
import type { SourceSettings } from './source/source-settings.ts';
import { registerWebhookRoutes } from './source/webhook-routes.ts';
import { keepYoungGenerationSmall } from './young-generation.ts';

export interface ControllerOptions {
  /** Everything that must survive; owned by this controller alone. */
  readonly dataDir: string;
  /** Of Tarsier, for the status. */
  readonly version: string;
  readonly listen: ListenAddress;
  /** Needed beyond loopback. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** On loopback: further host names that requests may name, such as that of a reverse proxy. */
  readonly allowedHosts?: readonly string[];
  readonly source: SourceSettings;
  /** For development: version folders that are packed and added by themselves. */
  readonly packagesDir?: string;
  readonly webhookSecretFile?: string;
  /** What becomes of packages that build scripts upload; `store` by default. */
  readonly publish?: PublishMode;
  /** Where TARS clients without an agent look up names; absent: nowhere. */
  readonly locator?: LocatorWish;
  /** All disks are lost: the registry is made from Git and from what agents tell. */
  readonly rebuild?: RebuildWish;
  /** Absent: the only controller, over a log that no other process can open. */
  readonly cluster?: ClusterWish;
  readonly logger: Logger;
  /** Gives up a start that waits for other controllers. */
  readonly signal?: AbortSignal;
  /** A store cannot go on: whoever runs the controller ends the process, and starts it again. */
  readonly onFailed?: (error: TarsierError) => void;
}

/** One of several controllers that share one log. */
export interface ClusterWish extends Pick<
  OpenClusterOptions,
  'file' | 'serverBinary' | 'externalUrl'
> {
  /** Another controller leads when the leader is not heard for this long; 5 s by default. */
  readonly leaseMs?: number;
  /** How often the leader renews; 1 s by default. */
  readonly renewMs?: number;
}

export interface LocatorWish extends ListenAddress {
  /** Where clients reach it, when `host` stands for all addresses. */
  readonly publicHost?: string;
}

export interface Controller {
  /** Where it listens. */
  readonly url: string;
  /** Port of the locator, when there is one and no rebuild is open. */
  readonly locatorPort: number | undefined;
  readonly registry: Stores['registry'];
  readonly pipeline: Pipeline;
  readonly rollouts: RolloutLoop;
  readonly links: AgentLinks;
  readonly leadership: Leadership;
  /** The content of a token file, for parts of the same process. */
  readToken(kind: 'agent' | 'publish' | 'read'): string;
  close(): Promise<void>;
}

function openLocator(
  { locator: wish, logger }: ControllerOptions,
  replica: Stores['registry'],
): Promise<LateLocator> {
  const open = async () => {
    if (wish === undefined) return undefined;
    try {
      return await startLocator({ ...wish, replica, log: logger });
    } catch (error) {
      throw await explainListenFailure(error, wish, '--locator HOST:PORT');
    }
  };
  return openWhenKnown(replica, open, (error) =>
    logger.error({ err: error }, 'no lookups from clients without an agent'),
  );
}

/** A member of a cluster starts its engine first, and others count on it from then on. */
async function checkPorts({ listen, locator }: ControllerOptions): Promise<void> {
  await checkIsFree(listen);
  if (locator !== undefined) await checkIsFree(locator, '--locator HOST:PORT');
}

/** Fails with a coded error when the port, the data folder or the repository's address cannot be used. */
export async function startController(options: ControllerOptions): Promise<Controller> {
  const { dataDir, logger } = options;
  keepYoungGenerationSmall();
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const stack = new AsyncDisposableStack();
  const failed = (error: TarsierError): void => {
    logger.fatal({ err: error }, 'a store cannot go on');
    options.onFailed?.(error);
  };
  try {
    if (options.cluster !== undefined) await checkPorts(options);
    const cluster =
      options.cluster && (await openCluster({ ...options, ...options.cluster, onFailed: failed }));
    if (cluster !== undefined) {
      stack.defer(() => cluster.close());
      return await assemble(options, { stores: cluster.stores, cluster }, stack);
    }
    await claimForEngine(dataDir, { engine: 'embedded' });
    const snapshotFailed = (error: unknown) => logger.error({ err: error }, 'snapshot failed');
    const stores = await openStores(dataDir, snapshotFailed, failed);
    stack.defer(() => stores.close());
    return await assemble(options, { stores, cluster }, stack);
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** What everything else stands on. */
interface Ground {
  readonly stores: Stores;
  /** Absent: this controller is alone. */
  readonly cluster: Cluster | undefined;
}

async function assemble(
  options: ControllerOptions,
  ground: Ground,
  stack: AsyncDisposableStack,
): Promise<Controller> {
  const { dataDir, logger, listen } = options;
  const { stores, cluster } = ground;
  const { registry } = stores;
  // Before anybody leads, or is let in.
  await beginRebuild(stores, options.rebuild, { member: cluster?.file.member, logger });
  const patch = await openPatchStore(options, stores);
  stack.defer(() => patch.close());
  const leadership = openLeadership(options, ground);
  stack.defer(() => leadership.close());
  const pipeline = openPipeline({
    settings: options.source,
    dataDir,
    registry,
    fencingToken: () => leadership.fencingToken(),
    logger,
    now: Date.now,
    onReconciled: (durationMs) => metrics.observeReconcile(durationMs),
  });
  stack.defer(() => pipeline.close());
  const rollouts = makeRolloutLoop(options, stores, patch, leadership);
  stack.defer(() => rollouts.stop());
  const collected = openCollectStore(options);
  stack.defer(() => collected.close());
  const tokensFolder = join(dataDir, 'tokens');
  const app = await openApi(options, await tokensFor(cluster, tokensFolder));
  stack.defer(() => app.close());
  const { links, metrics } = await registerRoutes(app, {
    options,
    stores,
    patch,
    pipeline,
    rollouts,
    collected,
    leadership,
    cluster,
  });
  cluster?.tell(() => ({ isLeader: leadership.isLeader, agents: links.connected }));
  const url = await listenApi(app, listen);
  const locator = await openLocator(options, registry);
  stack.defer(() => locator.close());
  rollouts.start(links);
  const rebuild = watchRebuild(options, stores, leadership);
  stack.defer(() => rebuild.close());
  leadership.onChange((isLeader) => {
    if (!isLeader) return;
    pipeline.reconciler.leads();
    rollouts.leads();
    rebuild.look();
  });
  await pipeline.source.start();
  logger.info({ url, dataDir }, 'controller is ready');
  return {
    url,
    get locatorPort() {
      return locator.port;
    },
    registry,
    pipeline,
    rollouts,
    links,
    leadership,
    readToken: (kind) => readFileSync(join(tokensFolder, kind), 'utf8').trim(),
    close: () => stack.disposeAsync(),
  };
}

function openApi(options: ControllerOptions, tokens: Tokens): Promise<FastifyInstance> {
  const { listen, logger, tls, allowedHosts } = options;
  return createApiServer({
    address: listen,
    tokens,
    logger,
    ...(tls === undefined ? {} : { tls }),
    ...(allowedHosts === undefined ? {} : { allowedHosts }),
  });
}

function watchRebuild(
  { logger }: ControllerOptions,
  { registry }: Stores,
  leadership: Leadership,
): RebuildWatch {
  return new RebuildWatch({
    replica: registry,
    fencingToken: () => leadership.fencingToken(),
    now: Date.now,
    logger,
  });
}

async function tokensFor(cluster: Cluster | undefined, folder: string): Promise<Tokens> {
  if (cluster === undefined) return openTokens(folder);
  const shared = { ...cluster.file.tokens, peer: cluster.file.peerToken };
  await keepSharedTokens(folder, shared);
  return openSharedTokens(shared);
}

/** What the routes are made of. */
export interface Parts {
  readonly options: ControllerOptions;
  readonly stores: Stores;
  readonly patch: Patch;
  readonly pipeline: Pipeline;
  readonly rollouts: RolloutLoop;
  readonly collected: CollectStore;
  readonly leadership: Leadership;
  readonly cluster: Cluster | undefined;
}

async function registerRoutes(
  app: FastifyInstance,
  parts: Parts,
): Promise<{ readonly links: AgentLinks; readonly metrics: ApiMetrics }> {
  const { options, stores, patch, pipeline, collected, leadership, cluster } = parts;
  const links = await registerLink(app, {
    replica: stores.registry,
    collector: collected,
    packages: patch.packages,
    cluster: { ...(cluster?.ports ?? alone), isLeader: () => leadership.isLeader },
  });
  if (cluster !== undefined) registerBlobStores(app, options, cluster);
  registerPatchRoutes(app, patch);
  registerBackupRoute(app, {
    stores,
    version: options.version,
    readTokens: () => readTokens(join(options.dataDir, 'tokens')),
    now: Date.now,
  });
  const stopPublishing = openPublish(app, {
    mode: options.publish ?? 'store',
    dataDir: options.dataDir,
    settings: options.source,
    patch,
    registry: stores.registry,
    branch: () => pipeline.source.status.branch,
  });
  app.addHook('preClose', async () => stopPublishing());
  registerWebhookRoutes(app, {
    readSecret: async () =>
      options.webhookSecretFile === undefined
        ? undefined
        : readFileSync(options.webhookSecretFile, 'utf8').trim(),
    branch: () => pipeline.source.status.branch,
    lookSoon: () => pipeline.source.lookSoon(),
  });
  const ports = makeStatusPorts({ ...parts, links });
  const metrics = registerStatusRoutes(app, ports);
  return { links, metrics };
}

function registerBlobStores(
  app: FastifyInstance,
  { logger }: ControllerOptions,
  { file, stores }: Cluster,
): void {
  for (const store of blobStores) {
    registerPeerRoutes(app, blobStorePath(store), {
      blobs: stores.localBlobs[store],
      token: file.peerToken,
      onError: (error) => logger.error({ store, err: error }, 'blobs not given to another member'),
    });
  }
}

function openCollectStore({ dataDir, logger }: ControllerOptions): CollectStore {
  return new CollectStore({
    folder: join(dataDir, 'collect'),
    now: Date.now,
    onDamage: (error) =>
      logger.error({ err: error }, 'what services reported was damaged and is put aside'),
  });
}

function openLeadership(
  { cluster: wish, logger }: ControllerOptions,
  { stores, cluster }: Ground,
): Leadership {
  const { controller } = cluster?.ports ?? alone;
  const { leaseMs, renewMs } = wish ?? {};
  const leadership = keepLeadership({
    registry: stores.registry,
    controller,
    exclusiveLog: cluster === undefined,
    now: Date.now,
    ...(leaseMs === undefined ? {} : { leaseMs }),
    ...(renewMs === undefined ? {} : { renewMs }),
  });
  leadership.onChange((isLeader) => {
    if (cluster === undefined) return;
    logger.info({ controller }, isLeader ? 'this controller leads' : 'leadership ended');
  });
  return leadership;
}

function makeRolloutLoop(
  { logger }: ControllerOptions,
  { registry }: Stores,
  { packages }: Patch,
  leadership: Leadership,
): RolloutLoop {
  return new RolloutLoop({
    replica: registry,
    packages,
    fencingToken: () => leadership.fencingToken(),
    nowMs: Date.now,
    after(delayMs, callback) {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
    onLeaseLost: (message) =>
      logger.warn({ message }, 'rollout step refused: another controller leads'),
    onError: (error) => logger.error({ err: error }, 'rollout step not written'),
  });
}
