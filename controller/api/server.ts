/** The HTTP server of the controller: limits, headers, authorization and errors for every route. */

import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { installBodyDeadline } from './body-deadline.ts';
import { installHostCheck } from './host-check.ts';
import { checkListenAddress, isLoopback, type ListenAddress } from './listen.ts';
import { nearest } from '../../spec/validate/nearest.ts';
import { installOpenApi } from './openapi.ts';
import { sendProblem } from './problem.ts';
import { installQueryCheck } from './query-check.ts';
import { installRouteAuth } from './route-auth.ts';
import type { Tokens } from './tokens.ts';

export interface ApiServerOptions {
  readonly address: ListenAddress;
  readonly tokens: Tokens;
  /** Certificate and key in PEM. Needed for any address but loopback. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
  /** Further names that a Host header may have on loopback. */
  readonly allowedHosts?: readonly string[];
  readonly logger?: FastifyBaseLogger;
  readonly limits?: Partial<ApiLimits>;
}

export interface ApiLimits {
  readonly headersTimeoutMs: number;
  /** For bodies, except on routes with `config.slowBody`. */
  readonly bodyTimeoutMs: number;
  /** A socket on which nothing moves for this long is closed. */
  readonly idleTimeoutMs: number;
  readonly bodyBytesMax: number;
  readonly connectionsMax: number;
  readonly requestsPerMinute: number;
}

const defaultLimits: ApiLimits = {
  headersTimeoutMs: 5_000,
  bodyTimeoutMs: 10_000,
  idleTimeoutMs: 72_000,
  bodyBytesMax: 256 * 1024,
  connectionsMax: 20_000,
  requestsPerMinute: 12_000,
};

/**
 * Makes the server; routes are added by the parts that own them, then `listenApi` opens it.
 * A route without `config.auth` is a defect and fails at once. `API_LISTEN_UNSAFE` for an address
 * that must not be listened on like this.
 */
export async function createApiServer(options: ApiServerOptions): Promise<FastifyInstance> {
  checkListenAddress(options.address, { tls: options.tls !== undefined, tokens: true });
  const limits = { ...defaultLimits, ...options.limits };
  const app = makeFastify(options, limits);
  app.server.maxConnections = limits.connectionsMax;
  const onLoopback = isLoopback(options.address.host);
  app.setErrorHandler((error, request, reply) => sendProblem(request, reply, error));
  if (onLoopback) installHostCheck(app, options.allowedHosts ?? []);
  installRouteAuth(app, { tokens: options.tokens, readIsOpen: onLoopback });
  installQueryCheck(app);
  installBodyDeadline(app, limits.bodyTimeoutMs);
  await installHeadersAndRates(app, limits);
  installNotFound(app);
  await installOpenApi(app);
  return app;
}

function makeFastify(options: ApiServerOptions, limits: ApiLimits): FastifyInstance {
  const timeouts = {
    headersTimeout: limits.headersTimeoutMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersTimeoutMs),
  };
  const shared = {
    ...(options.logger !== undefined && { loggerInstance: options.logger }),
    // One line per request would drown what matters; failures are logged with their problem.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.bodyBytesMax,
    connectionTimeout: limits.idleTimeoutMs,
    keepAliveTimeout: limits.idleTimeoutMs,
    // Long uploads are legal; `installBodyDeadline` bounds every other body.
    requestTimeout: 0,
    maxRequestsPerSocket: 100_000,
    routerOptions: { maxParamLength: 200 },
    forceCloseConnections: true,
    return503OnClosing: true,
    ajv: { customOptions: { removeAdditional: false as const, coerceTypes: true } },
    genReqId: makeRequestIds(),
    // Paths that cannot even be matched to a route.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(request, reply, error),
  };
  if (options.tls === undefined) return fastify({ ...shared, http: timeouts });
  const https = { ...options.tls, minVersion: 'TLSv1.2' as const, ...timeouts };
  return fastify({ ...shared, https }) as unknown as FastifyInstance;
}

function makeRequestIds(): () => string {
  let count = 0;
  return () => `r${(count += 1).toString(36)}`;
}

async function installHeadersAndRates(app: FastifyInstance, limits: ApiLimits): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"] },
    },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'no-referrer' },
  });
  await app.register(rateLimit, {
    max: limits.requestsPerMinute,
    timeWindow: 60_000,
    errorResponseBuilder: (_request, context) =>
      new TarsierError(
        'API_RATE_LIMITED',
        `More than ${context.max} requests in a minute from this address.`,
        { hint: `Try again in ${context.after}; use ?watch instead of polling.` },
      ),
  });
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
}

function installNotFound(app: FastifyInstance): void {
  const paths: string[] = [];
  app.addHook('onRoute', (route) => {
    if (!route.url.includes(':') && !route.url.includes('*')) paths.push(route.url);
  });
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    const near = nearest(path, [...new Set(paths)]);
    const hint = near === undefined ? undefined : `Did you mean ${near}?`;
    const options = hint === undefined ? {} : { hint };
    sendProblem(
      request,
      reply,
      new TarsierError(
        'API_NOT_FOUND',
        `There is no ${request.method} ${path.slice(0, 200)}.`,
        options,
      ),
    );
  });
}
