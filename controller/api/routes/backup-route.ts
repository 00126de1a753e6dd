/** Streams a backup to whoever may take everything along: one tar, made while it is sent. */

import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import { captureBackup } from '../../backup/capture-backup.ts';
import { writeTar } from '../../backup/write-tar.ts';
import type { Stores } from '../../open-stores.ts';
import { flag } from '../schemas/schema-parts.ts';

export interface BackupRoutePorts {
  readonly stores: Stores;
  /** Of Tarsier. */
  readonly version: string;
  readTokens(): Promise<ReadonlyMap<string, string>>;
  now(): number;
}

/** Each one holds both states in memory until it is sent. */
const BACKUPS_AT_ONCE = 2;

export function registerBackupRoute(app: FastifyInstance, ports: BackupRoutePorts): void {
  let running = 0;
  app.route({
    method: 'GET',
    url: '/api/v1/backup',
    exposeHeadRoute: false,
    config: { auth: 'admin' },
    schema: {
      summary: 'A backup as a tar: manifest, both states at one moment, all packages',
      tags: ['backup'],
      querystring: {
        type: 'object',
        properties: { tokens: { ...flag, description: 'With the API tokens, which are secrets.' } },
      },
    },
    handler: async (request, reply) => {
      if (running >= BACKUPS_AT_ONCE) throw tooMany();
      running += 1;
      try {
        const tar = await capture(request, ports);
        tar.once('close', () => (running -= 1));
        return reply.type('application/x-tar').send(tar);
      } catch (error) {
        running -= 1;
        throw error;
      }
    },
  });
}

async function capture(request: FastifyRequest, ports: BackupRoutePorts): Promise<Readable> {
  const { tokens = false } = request.query as { readonly tokens?: boolean };
  const now = ports.now();
  const { entries } = await captureBackup(ports.stores, {
    version: ports.version,
    now,
    ...(tokens ? { tokens: await ports.readTokens() } : {}),
  });
  return Readable.from(writeTar(entries, now), { objectMode: false });
}

function tooMany(): TarsierError {
  return new TarsierError(
    'API_STREAMS_EXHAUSTED',
    `${BACKUPS_AT_ONCE} backups of this controller are under way already.`,
    { hint: 'Try again when they are done.' },
  );
}
