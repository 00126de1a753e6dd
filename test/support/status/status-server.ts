/** The real API over a real registry on disk, fed by a `Fleet`; agents and packages are the test's. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { listenApi } from '../../../controller/api/listen.ts';
import type { ApiMetrics } from '../../../controller/api/metrics.ts';
import { registerStatusRoutes } from '../../../controller/api/register-status.ts';
import { createApiServer } from '../../../controller/api/server.ts';
import type {
  CommandOutcome,
  CommandRequest,
  LogPiece,
  LogRequest,
  StatusPorts,
} from '../../../controller/api/status-ports.ts';
import { openTokens } from '../../../controller/api/tokens.ts';
import type { StreamLimits } from '../../../controller/api/watch/watch-hub.ts';
import { CollectStore } from '../../../controller/collect/collect-store.ts';
import { openStores, type Stores } from '../../../controller/open-stores.ts';
import type { PackageResource } from '../../../registry/status/resources.ts';
import { digestOf, Fleet } from './fleet.ts';

export interface StatusServer {
  readonly app: FastifyInstance;
  readonly fleet: Fleet;
  readonly stores: Stores;
  readonly metrics: ApiMetrics;
  /** Answers for logs; replace it. */
  logs: (instance: string, request: LogRequest) => AsyncIterable<LogPiece>;
  /** Answers for commands; replace it. */
  command: (request: CommandRequest) => Promise<CommandOutcome>;
  readonly collected: CollectStore;
  notReady: readonly string[];
  /** What a consistent read waits for, before the replica's own. */
  catchUp: () => Promise<void>;
  /** Tells the server that packages changed. */
  packagesChanged(): void;
  listen(port?: number): Promise<string>;
  token(kind: string): Promise<string>;
  close(): Promise<void>;
}

async function* noLogs(): AsyncIterable<LogPiece> {}

export async function startStatusServer(
  options: {
    readonly dataDir?: string;
    readonly limits?: StreamLimits;
    readonly idleTimeoutMs?: number;
  } = {},
): Promise<StatusServer> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'tarsier-status-')));
  const stores = await openStores(dataDir, (error) => {
    throw error;
  });
  const fleet = new Fleet(stores.registry);
  const listeners = new Set<() => void>();
  const address = { host: '127.0.0.1', port: 0 };
  const tokens = await openTokens(join(dataDir, 'tokens'));
  const app = await createApiServer({
    address,
    tokens,
    ...(options.idleTimeoutMs !== undefined && {
      limits: { idleTimeoutMs: options.idleTimeoutMs },
    }),
  });
  const collected = new CollectStore({
    folder: join(dataDir, 'collect'),
    now: () => fleet.now,
    onDamage(error) {
      throw error;
    },
  });
  const ports: StatusPorts = {
    registry: {
      get state() {
        return stores.registry.state;
      },
      get sequence() {
        return stores.registry.sequence;
      },
      subscribe: (listener) => stores.registry.subscribe(listener),
      async catchUp() {
        await server.catchUp();
        return stores.registry.catchUp();
      },
    },
    controller: fleet.facts.controller,
    packages: {
      ...fleet.packageLookup,
      list: () => packageList(fleet),
      onChange(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    members: async () => ({
      items: [],
      engine: { engine: 'embedded', spare: 0, logs: [], problems: [] },
    }),
    agents: {
      heardAt: (node) => fleet.heard.get(node),
      get connected() {
        return fleet.heard.size;
      },
      requestLogs: (instance, request) => server.logs(instance, request),
      sendCommand: (request) => server.command(request),
    },
    collected,
    source: () => fleet.source,
    faults: () => fleet.faults,
    rolloutOf: (scope) => fleet.rollouts.get(scope),
    endRebuild: async () => ({
      accepted: false,
      code: 'REBUILD_NOT_OPEN',
      message: 'No rebuild is open.',
    }),
    now: () => fleet.now,
    notReady: () => server.notReady,
  };
  const metrics = registerStatusRoutes(app, ports, options.limits);
  const server: StatusServer = {
    app,
    fleet,
    stores,
    metrics,
    logs: noLogs,
    command: async ({ instance }) => ({ ok: true, text: `${instance} did it` }),
    collected,
    notReady: [],
    catchUp: async () => {},
    packagesChanged: () => listeners.forEach((listener) => listener()),
    listen: (port = 0) => listenApi(app, { ...address, port }),
    token: async (kind) => (await readFile(join(dataDir, 'tokens', kind), 'utf8')).trim(),
    async close() {
      await app.close();
      collected.close();
      await stores.close();
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
  return server;
}

function packageList(fleet: Fleet): readonly PackageResource[] {
  return [...fleet.packages].map((entry) => {
    const [name = '', version = ''] = entry.split(' ');
    return {
      package: name,
      version,
      digest: digestOf(`${name}-${version}`),
      sizeBytes: 1_234_567,
      pushedAt: fleet.now,
      by: 'ann',
      isDefault: false,
      usedBy: [],
    };
  });
}
