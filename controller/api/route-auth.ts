/** Default-deny: every route says who may call it, or the server does not start. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { assert } from '../../errors/assert.ts';
import { TarsierError } from '../../errors/tarsier-error.ts';
import type { TokenKind, Tokens } from './tokens.ts';

/**
 * `public` needs nothing; `webhook` is checked by its own signature; `ticket` by the publish token in
 * the query, as build scripts of TARS projects send it; the others by a bearer token.
 */
export type RouteAuth = 'public' | 'webhook' | 'ticket' | TokenKind;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call this route; with a list, any of them. */
    auth?: RouteAuth | readonly RouteAuth[];
    /** A long upload: the body may take as long as it moves. */
    slowBody?: boolean;
  }
}

export interface RouteAuthOptions {
  readonly tokens: Tokens;
  /** True on loopback: whoever can connect may read. */
  readonly readIsOpen: boolean;
}

/** Decides by the route that was matched, never by the text of the URL. */
export function installRouteAuth(app: FastifyInstance, options: RouteAuthOptions): void {
  app.addHook('onRoute', (route) => {
    assert(
      route.config?.auth !== undefined,
      `Route ${String(route.method)} ${route.url} does not say who may call it: set config.auth.`,
    );
  });
  app.addHook('onRequest', async (request) => {
    if (request.is404) return;
    const allowed = [request.routeOptions.config.auth ?? []].flat();
    if (!allowed.some((auth) => admits(auth, request, options))) throw refusal(allowed);
  });
}

function admits(auth: RouteAuth, request: FastifyRequest, options: RouteAuthOptions): boolean {
  if (auth === 'public' || auth === 'webhook') return true;
  if (auth === 'read' && options.readIsOpen) return true;
  if (auth === 'ticket') {
    const { ticket } = request.query as { ticket?: unknown };
    return typeof ticket === 'string' && options.tokens.matches('publish', ticket);
  }
  const token = bearerToken(request);
  if (token === undefined) return false;
  if (options.tokens.matches(auth, token)) return true;
  // Whoever may publish, or take everything along, may look.
  return auth === 'read' && mayReadToo.some((kind) => options.tokens.matches(kind, token));
}

const mayReadToo: readonly TokenKind[] = ['publish', 'admin'];

function bearerToken(request: FastifyRequest): string | undefined {
  return /^Bearer ([A-Za-z0-9_-]{1,200})$/i.exec(request.headers.authorization ?? '')?.[1];
}

function refusal(allowed: readonly RouteAuth[]): TarsierError {
  if (allowed.includes('ticket')) {
    return new TarsierError('API_UNAUTHORIZED', 'The ticket is missing or wrong.', {
      hint: 'Send ?ticket=… with the content of tokens/publish in the data folder of the controller.',
    });
  }
  if (allowed.includes('peer')) {
    return new TarsierError('API_UNAUTHORIZED', 'The token is not the one of this cluster.', {
      hint: 'Only its other controllers call this; compare peerToken in their cluster files.',
    });
  }
  const kinds = allowed.filter(
    (auth): auth is TokenKind => auth !== 'public' && auth !== 'webhook' && auth !== 'ticket',
  );
  const files = kinds.map((kind) => `tokens/${kind}`).join(' or ');
  return new TarsierError(
    'API_UNAUTHORIZED',
    `This request needs the bearer token of kind ${kinds.join(' or ')}, and has none that fits.`,
    {
      hint: `The token is the content of ${files} in the data folder of the controller. Give it to tarsctl with --token-file FILE; over HTTP, send it as "Authorization: Bearer …".`,
    },
  );
}
