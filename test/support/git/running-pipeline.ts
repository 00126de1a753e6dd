/** The real way from a test repository to a real registry, in this process. */

import { join } from 'node:path';
import { pino } from 'pino';
import { onTestFinished, vi } from 'vitest';
import { openPipeline, type Pipeline } from '../../../controller/open-pipeline.ts';
import { openStores, type Stores } from '../../../controller/open-stores.ts';
import type { SourceSettings } from '../../../controller/source/source-settings.ts';

export interface RunningPipeline {
  readonly pipeline: Pipeline;
  readonly registry: Stores['registry'];
  /** Resolves when the registry speaks of this commit, in force or held. */
  reaches(commit: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it on `<folder>/data` and waits for the first look. */
export async function runPipeline(
  folder: string,
  settings: SourceSettings,
): Promise<RunningPipeline> {
  const dataDir = join(folder, 'data');
  const stores = await openStores(dataDir, (error) => {
    throw error;
  });
  const { registry } = stores;
  const fencingToken = registry.state.fencingToken + 1;
  const pipeline = openPipeline({
    settings: { pollMs: 3_600_000, ...settings },
    dataDir,
    registry,
    fencingToken: () => fencingToken,
    logger: pino({ level: 'silent' }),
    now: Date.now,
  });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> =>
    (stopped ??= (async () => {
      await pipeline.close();
      await stores.close();
    })());
  onTestFinished(stop);
  await pipeline.source.start();
  await pipeline.reconciler.settled();
  return {
    pipeline,
    registry,
    reaches: (commit) =>
      vi.waitFor(
        () => {
          const known = registry.state.source?.commit;
          if (known !== commit) throw new Error(`${commit} was not taken over, but ${known}`);
        },
        { timeout: 15_000, interval: 5 },
      ),
    stop,
  };
}
