/** A TARS server: one TCP port, many servants, found by the name in each request. */

import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Logger } from 'pino';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { answerRequest } from './answer-request.ts';
import { InFlightLimit } from './in-flight-limit.ts';
import { LogThrottle } from './log-throttle.ts';
import type { ServantTable } from './servant.ts';
import { ServerConnection, type ConnectionOwner } from './server-connection.ts';
import { defaultServerLimits, type ServerLimits } from './server-limits.ts';
import type { TarsConnection } from './tars-connection.ts';

export interface TarsServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Looked at for each request, so servants may come and go. */
  readonly servants: ServantTable;
  readonly limits?: Partial<ServerLimits>;
  readonly log: Pick<Logger, 'error' | 'warn'>;
  onConnection?(connection: TarsConnection): void;
}

export interface TarsServerStats {
  readonly connections: number;
  readonly requestsInFlight: number;
  readonly bytesInFlight: number;
  /** Bytes of frames that are not complete, and of replies that were not read. */
  readonly bufferedBytes: number;
  /** Connections closed or turned away for a fault of the peer, since the start. */
  readonly refusedConnections: number;
}

export interface TarsServer {
  readonly port: number;
  readonly connections: Iterable<TarsConnection>;
  stats(): TarsServerStats;
  /** Takes no more connections, lets requests in flight finish for at most `graceMs`, then closes all. */
  close(graceMs?: number): Promise<void>;
}

const AGE_CHECK_MS_MAX = 1_000;
const AGE_CHECK_MS_MIN = 10;
const GRACE_MS = 2_000;

/** Resolves when the port is open; fails as `listen` does when it cannot be had. */
export async function startTarsServer(options: TarsServerOptions): Promise<TarsServer> {
  const server = new ListeningServer(options);
  await server.listen(options.host, options.port);
  return server;
}

class ListeningServer implements TarsServer, ConnectionOwner {
  readonly connections = new Set<ServerConnection>();
  readonly limits: ServerLimits;
  readonly inFlight: InFlightLimit;
  port = 0;
  readonly #options: TarsServerOptions;
  readonly #throttle: LogThrottle;
  readonly #server: Server;
  #ageCheck: NodeJS.Timeout | undefined;
  #bufferedBytes = 0;
  #refusedConnections = 0;

  constructor(options: TarsServerOptions) {
    this.#options = options;
    this.limits = { ...defaultServerLimits, ...options.limits };
    this.inFlight = new InFlightLimit(this.limits.inFlightMax, this.limits.inFlightBytesMax);
    this.#throttle = new LogThrottle(this.limits.logLinesPerSecondMax);
    // Half-open: a peer may close its sending side and still wait for its answers.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
    this.#server.maxConnections = this.limits.connectionsMax;
    this.#server.on('drop', (data) => this.#turnedAway(data?.remoteAddress ?? ''));
  }

  async listen(host: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    this.port = (this.#server.address() as AddressInfo).port;
    const { frameMsMax, unreadMsMax, idleMsMax } = this.limits;
    const shortest = Math.min(frameMsMax, unreadMsMax, idleMsMax || frameMsMax);
    const everyMs = Math.min(AGE_CHECK_MS_MAX, Math.max(AGE_CHECK_MS_MIN, shortest / 4));
    this.#ageCheck = setInterval(() => this.#checkAges(), everyMs).unref();
  }

  answer(packet: Uint8Array, connection: TarsConnection) {
    const { servants, log } = this.#options;
    return answerRequest(packet, {
      servants,
      connection,
      failed: (error, request) => {
        this.#log((suppressed) => {
          const { sServantName: servant, sFuncName: func } = request;
          log.error(
            { err: error, code: 'TARS_HANDLER', servant, func, suppressed },
            'tars handler failed',
          );
        });
      },
    });
  }

  bufferedBytesChanged(difference: number): void {
    this.#bufferedBytes += difference;
    while (this.#bufferedBytes > this.limits.bufferedBytesMax) {
      const largest = this.#largestHolder();
      if (largest === undefined) return;
      const bufferedBytes = largest.bufferedBytes;
      largest.refuse(
        new TarsierError('TARS_MEMORY', 'This connection holds the most of too many bytes.', {
          details: { bufferedBytes },
        }),
      );
      largest.destroy();
    }
  }

  refused(connection: ServerConnection, reason: TarsierError): void {
    this.#refusedConnections += 1;
    const { peerAddress, peerPort } = connection;
    const { code, message, details } = reason;
    this.#log((suppressed) =>
      this.#options.log.warn(
        { code, reason: message, ...details, peerAddress, peerPort, suppressed },
        'tars connection closed',
      ),
    );
  }

  stats(): TarsServerStats {
    return {
      connections: this.connections.size,
      requestsInFlight: this.inFlight.count,
      bytesInFlight: this.inFlight.bytes,
      bufferedBytes: this.#bufferedBytes,
      refusedConnections: this.#refusedConnections,
    };
  }

  async close(graceMs = GRACE_MS): Promise<void> {
    clearInterval(this.#ageCheck);
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const timer = setTimeout(() => this.#destroyAll(), graceMs);
    for (const connection of this.connections) connection.finish();
    await closed;
    clearTimeout(timer);
  }

  #destroyAll(): void {
    for (const connection of this.connections) connection.destroy();
  }

  #accept(socket: Socket): void {
    const connection = new ServerConnection(socket, this);
    this.connections.add(connection);
    connection.onClose(() => this.connections.delete(connection));
    this.#options.onConnection?.(connection);
  }

  #turnedAway(peerAddress: string): void {
    this.#refusedConnections += 1;
    const { connectionsMax } = this.limits;
    this.#log((suppressed) =>
      this.#options.log.warn(
        { code: 'TARS_CONNECTIONS', connectionsMax, peerAddress, suppressed },
        'tars connection refused',
      ),
    );
  }

  #checkAges(): void {
    const now = performance.now();
    for (const connection of this.connections) connection.checkAge(now);
  }

  #largestHolder(): ServerConnection | undefined {
    let largest: ServerConnection | undefined;
    for (const connection of this.connections) {
      if (connection.bufferedBytes > (largest?.bufferedBytes ?? 0)) largest = connection;
    }
    return largest;
  }

  #log(write: (suppressed: number) => void): void {
    const suppressed = this.#throttle.admit(performance.now());
    if (suppressed !== undefined) write(suppressed);
  }
}
