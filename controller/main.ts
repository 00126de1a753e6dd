/** Starts a controller: stores, HTTP, agents, packages, the way from Git, and rollouts. */

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { AgentLinks } from './agents/agent-links.ts';
import { registerLink } from './agents/register-link.ts';
import { explainListenFailure, listenApi, type ListenAddress } from './api/listen.ts';
import type { ApiMetrics } from './api/metrics.ts';
import { registerBackupRoute } from './api/routes/backup-route.ts';
import { registerStatusRoutes } from './api/register-status.ts';
import { createApiServer } from './api/server.ts';
import type { StatusPorts } from './api/status-ports.ts';
import { openTokens, readTokens } from './api/tokens.ts';
import { CollectStore } from './collect/collect-store.ts';
import { openPipeline, type Pipeline } from './open-pipeline.ts';
import { openStores, type Stores } from './open-stores.ts';
import { startLocator, type ControllerLocator } from './locator/start-locator.ts';
import { DirectorySource } from './patch/directory-source.ts';
import { openPatch, type Patch } from './patch/open-patch.ts';
import { registerPatchRoutes } from './patch/patch-routes.ts';
import type { PackageUse } from './patch/stored-packages.ts';
import { openPublish } from './publish/open-publish.ts';
import type { PublishMode } from './publish/publish-package.ts';
import { RolloutLoop } from './rollout/rollout-loop.ts';
import { pollMsDefault, type SourceSettings } from './source/source-settings.ts';
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
  readonly logger: Logger;
}

export interface LocatorWish extends ListenAddress {
  /** Where clients reach it, when `host` stands for all addresses. */
  readonly publicHost?: string;
}

export interface Controller {
  /** Where it listens. */
  readonly url: string;
  /** Port of the locator, when there is one. */
  readonly locatorPort: number | undefined;
  readonly registry: Stores['registry'];
  readonly pipeline: Pipeline;
  readonly rollouts: RolloutLoop;
  readonly links: AgentLinks;
  /** The content of a token file, for parts of the same process. */
  readToken(kind: 'agent' | 'publish' | 'read'): string;
  close(): Promise<void>;
}

async function openLocator(
  { locator: wish, logger }: ControllerOptions,
  replica: Stores['registry'],
): Promise<ControllerLocator | undefined> {
  if (wish === undefined) return undefined;
  try {
    return await startLocator({ ...wish, replica, log: logger });
  } catch (error) {
    throw await explainListenFailure(error, wish, '--locator HOST:PORT');
  }
}

/** Fails with a coded error when the port, the data folder or the repository's address cannot be used. */
export async function startController(options: ControllerOptions): Promise<Controller> {
  const { dataDir, logger } = options;
  keepYoungGenerationSmall();
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const stack = new AsyncDisposableStack();
  try {
    const stores = await openStores(dataDir, (error) =>
      logger.error({ err: error }, 'snapshot failed'),
    );
    stack.defer(() => stores.close());
    return await assemble(options, stores, stack);
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function assemble(
  options: ControllerOptions,
  stores: Stores,
  stack: AsyncDisposableStack,
): Promise<Controller> {
  const { dataDir, logger, tls, listen, allowedHosts } = options;
  const { registry } = stores;
  const patch = await openPatchStore(options, stores);
  stack.defer(() => patch.close());
  // The data folder is locked by this process, so nobody else leads: the next token is ours.
  const fencingToken = registry.state.fencingToken + 1;
  const pipeline = openPipeline({
    settings: options.source,
    dataDir,
    registry,
    fencingToken: () => fencingToken,
    logger,
    now: Date.now,
    onReconciled: (durationMs) => metrics.observeReconcile(durationMs),
  });
  stack.defer(() => pipeline.close());
  const rollouts = makeRolloutLoop(options, stores, patch, fencingToken);
  stack.defer(() => rollouts.stop());
  const collected = openCollectStore(options);
  stack.defer(() => collected.close());
  const tokensFolder = join(dataDir, 'tokens');
  const app = await createApiServer({
    address: listen,
    tokens: await openTokens(tokensFolder),
    logger,
    ...(tls === undefined ? {} : { tls }),
    ...(allowedHosts === undefined ? {} : { allowedHosts }),
  });
  stack.defer(() => app.close());
  const { links, metrics } = await registerRoutes(app, {
    options,
    stores,
    patch,
    pipeline,
    rollouts,
    collected,
  });
  const url = await listenApi(app, listen);
  const locator = await openLocator(options, registry);
  stack.defer(async () => locator?.close());
  rollouts.start(links);
  await pipeline.source.start();
  logger.info({ url, dataDir }, 'controller is ready');
  return {
    url,
    locatorPort: locator?.port,
    registry,
    pipeline,
    rollouts,
    links,
    readToken: (kind) => readFileSync(join(tokensFolder, kind), 'utf8').trim(),
    close: () => stack.disposeAsync(),
  };
}

interface Parts {
  readonly options: ControllerOptions;
  readonly stores: Stores;
  readonly patch: Patch;
  readonly pipeline: Pipeline;
  readonly rollouts: RolloutLoop;
  readonly collected: CollectStore;
}

async function registerRoutes(
  app: FastifyInstance,
  parts: Parts,
): Promise<{ readonly links: AgentLinks; readonly metrics: ApiMetrics }> {
  const { options, stores, patch, pipeline, collected } = parts;
  const links = await registerLink(app, { replica: stores.registry, collector: collected });
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
  const metrics = registerStatusRoutes(app, makeStatusPorts({ ...parts, links }));
  return { links, metrics };
}

/** Everything the status API shows, from the parts that know it. */
function makeStatusPorts(parts: Parts & { readonly links: AgentLinks }): StatusPorts {
  const { options, stores, patch, pipeline, rollouts, links, collected } = parts;
  return {
    registry: stores.registry,
    controller: { version: options.version, startedAt: Date.now() },
    packages: patch.packages,
    agents: links,
    collected,
    source: () => ({
      ...pipeline.source.status,
      // A repository that answers may still hold a commit that cannot be taken over.
      problem: pipeline.source.status.problem ?? pipeline.reconciler.problem,
      pollMs: options.source.pollMs ?? pollMsDefault,
    }),
    faults: () => pipeline.faults.current,
    rolloutOf: (scope) => rollouts.statusOf(scope),
    now: Date.now,
    notReady: () =>
      pipeline.source.status.lastLookAt === undefined && stores.registry.state.source === undefined
        ? ['the repository was not read yet']
        : [],
  };
}

function openCollectStore({ dataDir, logger }: ControllerOptions): CollectStore {
  return new CollectStore({
    folder: join(dataDir, 'collect'),
    now: Date.now,
    onDamage: (error) =>
      logger.error({ err: error }, 'what services reported was damaged and is put aside'),
  });
}

async function openPatchStore(options: ControllerOptions, stores: Stores): Promise<Patch> {
  const { dataDir, packagesDir, logger } = options;
  const patch = await openPatch({
    replica: stores.patch,
    blobs: stores.packageBlobs,
    folder: join(dataDir, 'patch'),
    packagesInUse: () => packagesInUse(stores.registry.state),
    now: Date.now,
    onHousekeepingError: (error) => logger.error({ err: error }, 'patch store housekeeping failed'),
  });
  if (packagesDir === undefined) return patch;
  const directory = await DirectorySource.start({
    folder: packagesDir,
    workFolder: join(dataDir, 'patch', 'directory'),
    packages: patch.packages,
    contents: patch.contents,
    now: Date.now,
    onFault: (name, version, error) =>
      logger.error({ package: name, version, err: error }, 'package folder not taken'),
  });
  return {
    ...patch,
    async close() {
      await directory.close();
      await patch.close();
    },
  };
}

/** What is asked for, and what runs or is being replaced. */
function packagesInUse(state: Stores['registry']['state']): PackageUse[] {
  const uses: PackageUse[] = [];
  for (const { desired } of state.scopes.values()) {
    for (const { release } of Object.values(desired.revisions)) {
      if (release !== undefined) uses.push({ ...release, by: desired.scope });
    }
  }
  for (const { content, scope } of state.targets.values()) {
    if (content.release !== undefined) uses.push({ ...content.release, by: scope });
  }
  return uses;
}

function makeRolloutLoop(
  { logger }: ControllerOptions,
  { registry }: Stores,
  { packages }: Patch,
  fencingToken: number,
): RolloutLoop {
  return new RolloutLoop({
    replica: registry,
    packages,
    fencingToken,
    nowMs: Date.now,
    after(delayMs, callback) {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
    onLeaseLost: (message) =>
      logger.error({ message }, 'rollouts stopped: another controller leads'),
    onError: (error) => logger.error({ err: error }, 'rollout step not written'),
  });
}
