/** What the cluster file means for this member's server and for those that connect to it. */

import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { formatHostPort } from '../../replica/drivers/jetstream/server/server-config.ts';
import type {
  ServerSettings,
  ServerUser,
} from '../../replica/drivers/jetstream/server/server-settings.ts';
import { clusterServerName } from './cluster-server-name.ts';
import { ownMember, type ClusterFile, type ClusterMember } from './cluster-file.ts';

/** What a client of the engine needs beside its servers, as the NATS client takes it. */
export interface EngineLogin {
  readonly user: string;
  readonly pass: string;
  readonly tls?: {
    readonly ca: string;
    readonly cert: string;
    readonly key: string;
    /** The name that the certificate must have; absent: that of the host. */
    readonly servername?: string;
  };
}

export function engineLogin({ cluster, engine, tls }: ClusterFile): EngineLogin {
  const servername = clusterServerName(cluster);
  return { user: engine.user, pass: engine.password, tls: { ...tls, servername } };
}

/** For the account that sees and removes members. */
export function systemLogin(file: ClusterFile): EngineLogin {
  const { systemUser, systemPassword } = file.engine;
  return { ...engineLogin(file), user: systemUser, pass: systemPassword };
}

/** `host:port` of each member's server, this one first. */
export function engineServers(file: ClusterFile): readonly string[] {
  const own = ownMember(file);
  const others = file.members.filter(({ name }) => name !== own.name);
  return [own, ...others].map(({ host, enginePort }) => formatHostPort({ host, port: enginePort }));
}

export function serverSettings(
  file: ClusterFile,
  storeBytesMax: number,
): Omit<ServerSettings, 'storeDir' | 'logFile'> {
  const own = ownMember(file);
  const { engine, members } = file;
  const listenHost = listenHostOf(own);
  const routeUser: ServerUser = { user: 'tarsier-route', password: engine.routePassword };
  return {
    serverName: own.name,
    listen: { host: listenHost, port: own.enginePort },
    advertise: { host: own.host, port: own.enginePort },
    ...(members.length === 1
      ? {}
      : {
          cluster: {
            name: file.cluster,
            listen: { host: listenHost, port: own.routePort },
            advertise: { host: own.host, port: own.routePort },
            routes: members.map(({ host, routePort }) => ({ host, port: routePort })),
            routeUser,
          },
        }),
    tls: file.tls,
    client: { user: engine.user, password: engine.password },
    system: { user: engine.systemUser, password: engine.systemPassword },
    storeBytesMax,
  };
}

/** Its own address when this machine has it; all of them when it is a name, or translated on the way. */
function listenHostOf({ host }: ClusterMember): string {
  const isLocal =
    isIP(host) !== 0 &&
    (host.startsWith('127.') ||
      Object.values(networkInterfaces()).some((found) =>
        found?.some(({ address }) => address === host),
      ));
  return isLocal ? host : '0.0.0.0';
}
