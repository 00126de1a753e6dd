/** A real patch store behind a real HTTP server, over a real log and real blobs. */

import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { createApiServer } from '../../../controller/api/server.ts';
import { openTokens } from '../../../controller/api/tokens.ts';
import {
  openPatch,
  type OpenPatchOptions,
  type Patch,
} from '../../../controller/patch/open-patch.ts';
import { patchMachine } from '../../../controller/patch/patch-machine.ts';
import { registerPatchRoutes } from '../../../controller/patch/patch-routes.ts';
import { openEmbeddedBlobs, openEmbeddedLog, openReplica } from '../../../replica/main.ts';

export interface PatchServer {
  readonly url: string;
  readonly app: FastifyInstance;
  readonly patch: Patch;
  readonly tokens: { readonly publish: string; readonly agent: string };
  close(): Promise<void>;
}

export type PatchServerOptions = Partial<
  Pick<
    OpenPatchOptions,
    'packageBytesMax' | 'storedBytesMax' | 'packagesInUse' | 'archiveLimits' | 'now'
  >
> & { readonly port?: number };

export async function startPatchServer(
  dataDir: string,
  options: PatchServerOptions = {},
): Promise<PatchServer> {
  const { port = 0, ...limits } = options;
  const patchDir = join(dataDir, 'patch');
  const log = await openEmbeddedLog({ directory: join(patchDir, 'log') });
  const snapshots = await openEmbeddedBlobs({ directory: join(patchDir, 'snapshots') });
  const replica = await openReplica({ log, blobs: snapshots, machine: patchMachine });
  const blobs = await openEmbeddedBlobs({ directory: join(patchDir, 'packages') });
  const patch = await openPatch({
    replica,
    blobs,
    folder: patchDir,
    packagesInUse: () => [],
    now: () => Date.now(),
    ...limits,
  });
  const tokensDir = join(dataDir, 'tokens');
  const tokens = await openTokens(tokensDir);
  const app = await createApiServer({ address: { host: '127.0.0.1', port }, tokens });
  registerPatchRoutes(app, patch);
  await app.listen({ host: '127.0.0.1', port });
  const { port: taken } = app.server.address() as AddressInfo;
  const token = async (kind: string) => (await readFile(join(tokensDir, kind), 'utf8')).trim();
  return {
    url: `http://127.0.0.1:${taken}`,
    app,
    patch,
    tokens: { publish: await token('publish'), agent: await token('agent') },
    async close() {
      await app.close();
      await patch.close();
      await replica.close();
      await log.close();
    },
  };
}
