/** One controller's way from Git to its registry in a process of its own, measured from outside. */

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pino } from 'pino';
import { openPipeline, type Pipeline } from '../../controller/open-pipeline.ts';
import { openStores } from '../../controller/open-stores.ts';
import { keepYoungGenerationSmall } from '../../controller/young-generation.ts';
import { commitAll, servicePath, serviceText, type Fleet } from './generate-repository.ts';

export interface PipelineFigures {
  /** From the start of the process to the moment when the registry says what Git says. */
  readonly startMs: number;
  /** One file changed; without what git itself took. */
  readonly changeMs: readonly number[];
  /** One file changed; from the end of `git commit` to the registry. */
  readonly commitMs: readonly number[];
  readonly peakRssMb: number;
  readonly objects: number;
  readonly held: number;
}

const [repository = '', dataDir = '', fleetJson = '', changes = '0'] = process.argv.slice(2);

/** Adds up the time in which the pipeline waits for git. */
function clockGit(pipeline: Pipeline): () => number {
  const { source } = pipeline;
  let gitMs = 0;
  let running = 0;
  let since = 0;
  const clocked = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    if (running === 0) since = performance.now();
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      if (running === 0) gitMs += performance.now() - since;
    }
  };
  const snapshot = source.snapshot.bind(source);
  const content = source.content.bind(source);
  source.snapshot = (commit) => clocked(() => snapshot(commit));
  source.content = (objectId, bytesMax) => clocked(() => content(objectId, bytesMax));
  return () => gitMs;
}

async function measure(): Promise<PipelineFigures> {
  keepYoungGenerationSmall();
  const stores = await openStores(dataDir, (error) => {
    throw error;
  });
  const pipeline = openPipeline({
    settings: { url: repository },
    dataDir,
    registry: stores.registry,
    fencingToken: () => stores.registry.state.fencingToken,
    logger: pino({ level: 'warn' }, pino.destination(2)),
    now: Date.now,
  });
  const gitMs = clockGit(pipeline);
  let offeredAt = 0;
  let gitBefore = 0;
  const offer = pipeline.reconciler.offer.bind(pipeline.reconciler);
  pipeline.reconciler.offer = (head, origin) => {
    offeredAt = performance.now();
    gitBefore = gitMs();
    offer(head, origin);
  };
  await pipeline.source.start();
  await pipeline.reconciler.settled();
  const startMs = performance.now();
  const { source } = stores.registry.state;
  if (source === undefined)
    throw new Error(`not taken over: ${pipeline.reconciler.problem?.message}`);

  const fleet = JSON.parse(fleetJson) as Fleet;
  const changeMs: number[] = [];
  const commitMs: number[] = [];
  for (let round = 1; round <= Number(changes); round += 1) {
    const at = (round * 37) % fleet.services;
    const file = join(repository, servicePath(at));
    if (!existsSync(file)) throw new Error(`${file} is missing`);
    writeFileSync(file, serviceText(at, fleet, `1.0.${round}`));
    const applied = Promise.withResolvers<void>();
    const stop = stores.registry.subscribe(() => applied.resolve());
    const commit = commitAll(repository, `raise ${at}`);
    const committedAt = performance.now();
    await applied.promise;
    const end = performance.now();
    stop();
    if (stores.registry.state.source?.commit !== commit) throw new Error('another commit came');
    changeMs.push(end - offeredAt - (gitMs() - gitBefore));
    commitMs.push(end - committedAt);
    await pipeline.reconciler.settled();
  }
  const figures = {
    startMs,
    changeMs,
    commitMs,
    peakRssMb: process.resourceUsage().maxRSS / 1024,
    objects: source.objects,
    held: source.held.length,
  };
  await pipeline.close();
  await stores.close();
  return figures;
}

process.stdout.write(`${JSON.stringify(await measure())}\n`);
