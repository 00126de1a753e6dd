/** Logs of the servers: one line of JSON each, on standard error. */

import { pino, type Logger } from 'pino';

/** Level from `TARSIER_LOG_LEVEL`, `info` by default. */
export function createLogger(role: 'controller' | 'agent' | 'engine'): Logger {
  return pino(
    { level: process.env['TARSIER_LOG_LEVEL'] ?? 'info', base: { role } },
    pino.destination({ fd: 2, sync: true }),
  );
}
