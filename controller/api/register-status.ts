/** Adds the status API to the server: lists, objects, why, logs, watch, health and metrics. */

import type { FastifyInstance } from 'fastify';
import { createMetrics, type ApiMetrics } from './metrics.ts';
import { registerCollectedRoutes } from './routes/collected-routes.ts';
import { registerCommandRoutes } from './routes/command-routes.ts';
import { registerHealthRoutes } from './routes/health-routes.ts';
import { registerLogRoutes } from './routes/log-routes.ts';
import { registerMemberRoutes } from './routes/member-routes.ts';
import { registerRebuildRoutes } from './routes/rebuild-routes.ts';
import { registerObjectRoutes } from './routes/object-routes.ts';
import { registerScopeRoutes } from './routes/scope-routes.ts';
import { registerSingletonRoutes } from './routes/singleton-routes.ts';
import { registerWhyRoutes } from './routes/why-routes.ts';
import type { StatusPorts } from './status-ports.ts';
import { ChangeFeed } from './watch/change-feed.ts';
import { defaultStreamLimits, WatchHub, type StreamLimits } from './watch/watch-hub.ts';

/** Streams end in good order when `app` closes. */
export function registerStatusRoutes(
  app: FastifyInstance,
  ports: StatusPorts,
  limits: StreamLimits = defaultStreamLimits,
): ApiMetrics {
  const feed = new ChangeFeed(ports);
  const hub = new WatchHub(feed, limits);
  const metrics = createMetrics(ports, () => hub.streams);
  const context = { ports, feed, hub };
  app.addHook('preClose', async () => hub.close());
  registerSingletonRoutes(app, context);
  registerObjectRoutes(app, context);
  registerScopeRoutes(app, context);
  registerWhyRoutes(app, context);
  registerLogRoutes(app, context);
  registerCollectedRoutes(app, context);
  registerCommandRoutes(app, context);
  registerMemberRoutes(app, context);
  registerRebuildRoutes(app, context);
  registerHealthRoutes(app, ports, metrics);
  return metrics;
}
