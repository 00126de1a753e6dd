/** Puts uploads of build scripts together: the route, the patch store, and the way back into Git. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Patch } from '../patch/open-patch.ts';
import type { Stores } from '../open-stores.ts';
import { readAccess } from '../source/read-access.ts';
import { RemoteRepository } from '../source/remote-repository.ts';
import { checkSource, type SourceSettings } from '../source/source-settings.ts';
import type { PublishMode } from './publish-package.ts';
import { ReleaseWriter } from './release-writer.ts';
import { registerUploadAndPublish } from './upload-and-publish-route.ts';

export interface OpenPublishOptions {
  readonly mode: PublishMode;
  readonly dataDir: string;
  readonly settings: SourceSettings;
  readonly patch: Pick<Patch, 'packages' | 'contents'>;
  readonly registry: Stores['registry'];
  /** The branch that is followed, once it is known. */
  branch(): string | undefined;
}

const PACKAGE_BYTES_MAX = 4 * 1024 ** 3;
/** As long as the web console of TARS waits for a task. */
const WAIT_MS_MAX = 300_000;

/** Returns what ends the git commands that run. */
export function openPublish(app: FastifyInstance, options: OpenPublishOptions): () => void {
  const { mode, settings, patch, registry, branch } = options;
  const stop = new AbortController();
  const remote = new RemoteRepository(
    checkSource(settings, process.cwd()),
    () => readAccess(settings),
    stop.signal,
  );
  const folder = join(options.dataDir, 'publish');
  // Half of an upload is worth nothing: build scripts send it again.
  rmSync(folder, { recursive: true, force: true });
  registerUploadAndPublish(app, {
    mode,
    packages: patch.packages,
    contents: patch.contents,
    writer: new ReleaseWriter(join(folder, 'repository.git'), remote, stop.signal),
    state: () => registry.state,
    branch,
    now: Date.now,
    folder: join(folder, 'uploads'),
    packageBytesMax: PACKAGE_BYTES_MAX,
    waitMsMax: WAIT_MS_MAX,
    onChange: (listener) => registry.subscribe(listener),
  });
  return () => stop.abort();
}
