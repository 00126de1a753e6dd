/** Puts the way from Git to the registry together: source, loader, resolver, reconciler. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { checkDeletionBrake } from '../spec/brake/deletion-brake.ts';
import type { InForce, Resolved } from '../spec/resolve/resolved.ts';
import { resolveRepository } from '../spec/resolve/resolve-repository.ts';
import { applyHolds } from '../spec/holds/apply-holds.ts';
import { loaderVersion } from '../spec/read/loader-version.ts';
import { FaultBoard } from './fault-board.ts';
import type { RegistryInForce } from './reconcile/plan-commit.ts';
import { Reconciler, type ReconcilePorts, type Resolution } from './reconcile/reconciler.ts';
import { CommitLoader, type LoadedCommit } from './source/commit-loader.ts';
import { GitSource } from './source/git-source.ts';
import { LoadedFileCache } from './source/loaded-file-cache.ts';
import type { SourceSettings } from './source/source-settings.ts';

export interface PipelineOptions {
  readonly settings: SourceSettings;
  readonly dataDir: string;
  readonly registry: ReconcilePorts['registry'];
  readonly fencingToken: () => number | undefined;
  readonly logger: Logger;
  readonly now: () => number;
  readonly onReconciled?: (durationMs: number) => void;
}

export interface Pipeline {
  readonly source: GitSource;
  readonly reconciler: Reconciler;
  /** Of the newest commit that was looked at. */
  readonly faults: FaultBoard;
  close(): Promise<void>;
}

/** `start` the source when everything that hangs on the registry is there. */
export function openPipeline(options: PipelineOptions): Pipeline {
  const { settings, dataDir, registry, logger, now } = options;
  const source = new GitSource({
    settings,
    dataFolder: dataDir,
    ports: {
      lastTaken: () => {
        const taken = registry.state.source;
        if (taken === undefined) return undefined;
        const { commit, origin } = taken;
        return { commit, ...(origin === undefined ? {} : { origin }) };
      },
      onHead: (head, origin) => reconciler.offer(head, origin),
      now,
      warn: (fields, message) => logger.warn(fields, message),
    },
  });
  const cache = new LoadedFileCache(join(dataDir, 'source', 'loaded-files.sqlite'), loaderVersion);
  const loader = new CommitLoader((id, bytesMax) => source.content(id, bytesMax), cache);
  const faults = new FaultBoard((blobId, bytesMax) => source.content(blobId, bytesMax));
  const reconciler: Reconciler = new Reconciler({
    registry,
    fencingToken: options.fencingToken,
    load: async (commit, inForce) =>
      loader.load(await source.snapshot(commit), () => pathsInForce(inForce)),
    resolve: makeResolver(faults),
    now,
    log: (fields, message) => logger.info(fields, message),
    ...(options.onReconciled === undefined ? {} : { onReconciled: options.onReconciled }),
  });
  return {
    source,
    reconciler,
    faults,
    async close() {
      await source.close();
      await reconciler.close();
      cache.close();
    },
  };
}

function* pathsInForce({ nodes, scopes }: RegistryInForce): Iterable<string> {
  for (const { origin } of nodes.values()) yield origin.path;
  for (const { desired } of scopes.values()) yield desired.origin.path;
}

/** Keeps the result before, so that a commit costs what it changes. */
function makeResolver(board: FaultBoard): (loaded: LoadedCommit, inForce: InForce) => Resolution {
  let previous: Resolved | undefined;
  return ({ files, readText }, inForce) => {
    const resolved = resolveRepository({ files, readText, previous, hash });
    previous = resolved;
    const { desired, held } = applyHolds(inForce, resolved);
    const brake = checkDeletionBrake(inForce, desired, resolved);
    const faults = [...resolved.faults, ...brake.faults];
    board.show(faults, { files, readText });
    return {
      desired,
      held,
      objectCount: resolved.objectCount,
      holdReason: brake.holdReason,
      faults,
    };
  };
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
