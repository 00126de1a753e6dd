/** A server with one servant, `Test.EchoServer.EchoObj`, its log, and a client; all are closed with the test. */

import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { TarsClient, type TarsClientOptions, type TarsProxy } from '../../../tars/rpc/client.ts';
import {
  startTarsServer,
  type TarsServer,
  type TarsServerOptions,
} from '../../../tars/rpc/server.ts';
import { Echo, EchoF } from './echo-interface.ts';

export const ECHO_OBJECT = 'Test.EchoServer.EchoObj';

export interface LogLine {
  readonly code?: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface EchoServer {
  readonly echo: Echo;
  readonly server: TarsServer;
  readonly port: number;
  readonly endpoint: { readonly host: string; readonly port: number };
  readonly log: readonly LogLine[];
}

export async function startEchoServer(
  options: Partial<TarsServerOptions> = {},
): Promise<EchoServer> {
  const echo = new Echo();
  const log: LogLine[] = [];
  const server = await startTarsServer({
    host: '127.0.0.1',
    port: 0,
    servants: new Map([[ECHO_OBJECT, echo.servant]]),
    log: pino({ level: 'debug' }, { write: (line: string) => log.push(JSON.parse(line)) }),
    ...options,
  });
  onTestFinished(async () => {
    echo.gate.open();
    await server.close(0);
  });
  const { port } = server;
  return { echo, server, port, endpoint: { host: '127.0.0.1', port }, log };
}

export function testClient(options: TarsClientOptions = {}): TarsClient {
  const client = new TarsClient({ callTimeoutMs: 20_000, ...options });
  onTestFinished(() => client.close());
  return client;
}

export function echoProxy(
  { endpoint }: Pick<EchoServer, 'endpoint'>,
  options: TarsClientOptions = {},
): TarsProxy<typeof EchoF> {
  return testClient(options).proxy(endpoint, ECHO_OBJECT, EchoF);
}
