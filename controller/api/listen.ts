/** Where the API may listen: loopback as it is, anything else only with TLS and tokens. */

import { once } from 'node:events';
import { createServer } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { findPortHolder } from './port-holder.ts';

export interface ListenAddress {
  readonly host: string;
  /** 0 lets the machine choose. */
  readonly port: number;
}

/** True for names and addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (bare === 'localhost' || bare.endsWith('.localhost') || bare === '::1') return true;
  return /^(::ffff:)?127(\.\d{1,3}){3}$/.test(bare);
}

/** Throws `API_LISTEN_UNSAFE` unless the address is loopback or the connection is encrypted. */
export function checkListenAddress(
  address: ListenAddress,
  protection: { readonly tls: boolean; readonly tokens: boolean },
): void {
  if (isLoopback(address.host) || (protection.tls && protection.tokens)) return;
  const lacks = [!protection.tls && 'TLS', !protection.tokens && 'tokens'].filter(Boolean);
  throw new TarsierError(
    'API_LISTEN_UNSAFE',
    `Refusing to listen on ${formatHost(address.host)}:${address.port} without ${lacks.join(' and ')}: anyone on the network could read the fleet and take packages.`,
    {
      hint: `Give --tls-cert FILE and --tls-key FILE, or listen on this machine only with --listen 127.0.0.1:${address.port}.`,
    },
  );
}

/** Starts listening and returns the base URL. `API_PORT_TAKEN` names the process in the way. */
export async function listenApi(app: FastifyInstance, address: ListenAddress): Promise<string> {
  try {
    return await app.listen({ host: address.host, port: address.port });
  } catch (error) {
    throw await explainListenFailure(error, address);
  }
}

/** As `listenApi` fails, long before it would: for ports that are needed at the end of a long start. */
export async function checkIsFree(address: ListenAddress, option?: string): Promise<void> {
  if (address.port === 0) return;
  const server = createServer();
  try {
    await once(server.listen({ host: address.host, port: address.port }), 'listening');
  } catch (error) {
    throw await explainListenFailure(error, address, option);
  } finally {
    server.close();
  }
}

/** What a failed attempt to listen means: `API_PORT_TAKEN`, `USAGE`, or the error itself. */
export async function explainListenFailure(
  error: unknown,
  address: ListenAddress,
  option = '--listen HOST:PORT',
): Promise<unknown> {
  const { code } = error as NodeJS.ErrnoException;
  const shown = `${formatHost(address.host)}:${address.port}`;
  if (code === 'EADDRINUSE') {
    const holder = await findPortHolder(address.port);
    const by = holder === undefined ? 'another process' : `pid ${holder.pid} (${holder.command})`;
    return new TarsierError(
      'API_PORT_TAKEN',
      `Cannot listen on ${shown}: the port is taken by ${by}.`,
      {
        hint: `Stop it, or choose another port: tarsctl controller ${option}, tarsctl dev --port PORT.`,
        details: { port: address.port, ...(holder !== undefined && { pid: holder.pid }) },
        cause: error,
      },
    );
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    const why =
      code === 'EACCES' ? 'this user may not use that port' : 'this machine has no such address';
    return new TarsierError('USAGE', `Cannot listen on ${shown}: ${why}.`, {
      hint: `Choose another address with ${option}, such as 127.0.0.1:${address.port}.`,
      cause: error,
    });
  }
  return error;
}

function formatHost(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}
