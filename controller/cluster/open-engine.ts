/** Opens the distributed engine for a controller: runs this member's server, or uses the operator's. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TarsierError } from '../../errors/tarsier-error.ts';
import type { EngineLog } from '../../replica/drivers/jetstream/server/engine-log.ts';
import {
  startNatsServer,
  type NatsServer,
} from '../../replica/drivers/jetstream/server/start-nats-server.ts';
import { isLoopback } from '../api/listen.ts';
import { certificateEnd } from './check-cluster.ts';
import type { ClusterFile } from './cluster-file.ts';
import {
  engineLogin,
  engineServers,
  serverSettings,
  systemLogin,
  type EngineLogin,
} from './engine-settings.ts';

export interface OpenEngineOptions {
  readonly clusterFile: ClusterFile;
  /** Of the controller; the engine has the folder `engine` in it. */
  readonly dataDir: string;
  /** The program; absent: `nats-server` on PATH. */
  readonly binary?: string;
  /** Servers that the operator runs, `tls://host:port,…`; nothing is started then. */
  readonly externalUrl?: string;
  /** What the store may take on the disk; 16 GiB by default. */
  readonly storeBytesMax?: number;
  readonly logger: EngineLog;
}

export interface Engine {
  /** For the client, the nearest first. */
  readonly servers: string[];
  readonly connectOptions: EngineLogin;
  /** Connects to the account that sees and removes members; an operator's server may not have it. */
  readonly systemConnectOptions: EngineLogin;
  /** The process, when it is ours. */
  readonly server: NatsServer | undefined;
  /** Ends the server in good order. Close clients first: then nobody is cut off. */
  close(): Promise<void>;
}

const storeBytesMaxDefault = 16 * 1024 ** 3;
const warnDays = 60;

/**
 * Resolves when the server of this member takes clients. JetStream answers when most members run:
 * wait for that with `waitUntilReady`. Fails as `startNatsServer` does, or with `USAGE`.
 */
export async function openEngine(options: OpenEngineOptions): Promise<Engine> {
  const { clusterFile, externalUrl, logger } = options;
  warnOfEnd(clusterFile, logger);
  if (externalUrl !== undefined) return useExternal(clusterFile, externalUrl);
  const folder = join(options.dataDir, 'engine');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const server = await startNatsServer({
    folder,
    settings: serverSettings(clusterFile, options.storeBytesMax ?? storeBytesMaxDefault),
    log: logger,
    ...(options.binary === undefined ? {} : { binary: options.binary }),
  });
  return {
    servers: [...engineServers(clusterFile)],
    connectOptions: engineLogin(clusterFile),
    systemConnectOptions: systemLogin(clusterFile),
    server,
    close: () => server.close(),
  };
}

function useExternal(file: ClusterFile, externalUrl: string): Engine {
  const urls = externalUrl.split(',').map((text) => parseServerUrl(text.trim()));
  const isPlain = urls.every(({ protocol }) => protocol === 'nats:');
  // The operator's certificates have the names of their hosts, not that of our cluster.
  const adapt = ({ user, pass }: EngineLogin): EngineLogin =>
    isPlain ? { user, pass } : { user, pass, tls: file.tls };
  return {
    servers: urls.map(({ host }) => host),
    connectOptions: adapt(engineLogin(file)),
    systemConnectOptions: adapt(systemLogin(file)),
    server: undefined,
    close: async () => undefined,
  };
}

function parseServerUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isServer = url !== undefined && /^(tls|nats):$/.test(url.protocol) && url.port !== '';
  if (!isServer || url.username !== '' || url.pathname.length > 1) {
    throw new TarsierError('USAGE', 'The address of an engine has another form.', {
      hint: 'Write tls://HOST:PORT, several with commas; user and password are those of the cluster file.',
    });
  }
  if (url.protocol === 'nats:' && !isLoopback(url.hostname)) {
    throw new TarsierError('USAGE', `Refusing to send a password to ${url.host} without TLS.`, {
      hint: `Write tls://${url.host}, and give that server a certificate of the cluster's authority.`,
    });
  }
  return url;
}

function warnOfEnd({ tls, member }: ClusterFile, logger: EngineLog): void {
  const end = certificateEnd(tls.cert);
  const daysLeft = Math.floor((end.getTime() - Date.now()) / 86_400_000);
  if (daysLeft < warnDays) {
    logger.warn(
      { member, daysLeft, end: end.toISOString() },
      'certificate of this member runs out',
    );
  }
}
