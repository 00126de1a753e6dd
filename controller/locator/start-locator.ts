/** Opens the port at which TARS clients on machines without an agent look up names. */

import type { Logger } from 'pino';
import { queryObject } from '../../registry/lookup/query-object.ts';
import { QuerySubscribers } from '../../registry/lookup/query-subscribers.ts';
import { isEveryAddress } from '../../tars/endpoint/every-address.ts';
import { startTarsServer } from '../../tars/rpc/server.ts';
import { queryObjectName, RegistryLookups, type LocatorReplica } from './registry-lookups.ts';

export interface LocatorOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Where clients reach it, when `host` stands for all addresses. */
  readonly publicHost?: string;
  readonly replica: LocatorReplica;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export interface ControllerLocator {
  readonly port: number;
  close(): Promise<void>;
}

/** Of a controller, unless it is told otherwise. */
export const locatorPortDefault = 17_890;

/** Fails as `listen` does when the port cannot be had. */
export async function startLocator(options: LocatorOptions): Promise<ControllerLocator> {
  const { host, port, replica, log, now = Date.now } = options;
  const subscribers = new QuerySubscribers(String(now()));
  const lookups = new RegistryLookups({ replica, subscribers, log, now });
  const query = queryObject({ index: lookups.index, subscribers, ports: lookups });
  try {
    const servants = new Map([[queryObjectName, query]]);
    const server = await startTarsServer({ host, port, servants, log });
    const publicHost = options.publicHost ?? (isEveryAddress(host) ? undefined : host);
    if (publicHost !== undefined) lookups.listensAt(publicHost, server.port);
    return {
      port: server.port,
      async close() {
        lookups.close();
        await server.close();
      },
    };
  } catch (error) {
    lookups.close();
    throw error;
  }
}
