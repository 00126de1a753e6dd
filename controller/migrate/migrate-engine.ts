/** Moves a data folder from the embedded engine into a cluster, and back. Nothing is copied: logs change their place. */

import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { syncDirectory } from '../../replica/drivers/embedded/sync-directory.ts';
import type { ClusterFile } from '../cluster/cluster-file.ts';
import { readEngineMark, writeEngineMark, type EngineMark } from '../engine-mark.ts';
import { moveLog, readStore, storeNames, type StoreFacts } from './data-folder.ts';

export interface Migration {
  readonly from: EngineMark['engine'];
  readonly to: EngineMark['engine'];
  readonly stores: readonly StoreFacts[];
}

export interface MigrateOptions {
  readonly dataDir: string;
  /** Verify and report, and change nothing. */
  readonly dryRun: boolean;
}

/**
 * The folder becomes that of a member of the cluster; with its first start, the member fills the
 * empty engine from its own log. `ENGINE_OTHER`, `LOG_LOCKED`, `LOG_DAMAGED`, `SNAPSHOT_DAMAGED`.
 */
export async function migrateToJetStream(
  { dataDir, dryRun }: MigrateOptions,
  { cluster, member }: Pick<ClusterFile, 'cluster' | 'member'>,
): Promise<Migration> {
  const wanted = { engine: 'jetstream', cluster, member } as const;
  mustBe(dataDir, 'embedded');
  const stores = await verify(dataDir, 'embedded');
  for (const store of stores) mustGoOn(dataDir, store);
  // Folders of older versions have none, and could not be told from empty ones in the middle of the move.
  if (!dryRun) await writeEngineMark(dataDir, { engine: 'embedded' });
  // What an earlier cluster left in the engine of this member is another history by now.
  if (!dryRun) await setEngineAside(dataDir);
  return move({ dataDir, dryRun }, wanted, stores);
}

/**
 * The folder becomes that of a controller that is alone. End the log in the engine first
 * (`endClusterLogs`), or the other members go on without it.
 */
export async function migrateToEmbedded(options: MigrateOptions): Promise<Migration> {
  mustBe(options.dataDir, 'jetstream');
  const stores = await verify(options.dataDir, 'jetstream');
  return move(options, { engine: 'embedded' }, stores);
}

function mustGoOn(dataDir: string, { store, isMoved }: StoreFacts): void {
  if (!isMoved) return;
  throw new TarsierError(
    'ENGINE_OTHER',
    `The ${store} of ${dataDir} was moved out of a cluster and has not been used since.`,
    { hint: 'Start its controller once without --cluster, stop it, and move it then.' },
  );
}

async function setEngineAside(dataDir: string): Promise<void> {
  const folder = join(dataDir, 'engine');
  if (!existsSync(folder)) return;
  await rename(folder, `${folder}.before-${Date.now()}`);
  await syncDirectory(dataDir);
}

/** Before anything is touched: `ENGINE_OTHER` unless the folder is that of this member. */
export function mustBeMember(
  dataDir: string,
  { cluster, member }: Pick<ClusterFile, 'cluster' | 'member'>,
): void {
  mustBe(dataDir, 'jetstream');
  const mark = readEngineMark(dataDir);
  const isIts = mark?.engine === 'jetstream' && mark.cluster === cluster && mark.member === member;
  if (isIts) return;
  throw new TarsierError(
    'ENGINE_OTHER',
    `The data folder ${dataDir} is not that of member ${member} of cluster ${cluster}.`,
    { hint: 'Name data folder and file of the same member: --data FOLDER and --cluster FILE.' },
  );
}

async function move(
  { dataDir, dryRun }: MigrateOptions,
  mark: EngineMark,
  before: readonly StoreFacts[],
): Promise<Migration> {
  const to = mark.engine;
  const from = to === 'embedded' ? 'jetstream' : 'embedded';
  if (dryRun) return { from, to, stores: before };
  for (const store of storeNames) await moveLog(dataDir, store, to);
  await writeEngineMark(dataDir, mark);
  const after = await verify(dataDir, to);
  for (const [index, facts] of after.entries()) mustBeEqual(facts, before[index]);
  return { from, to, stores: after };
}

async function verify(dataDir: string, engine: EngineMark['engine']): Promise<StoreFacts[]> {
  const facts: StoreFacts[] = [];
  for (const store of storeNames) facts.push(await readStore(dataDir, store, engine));
  return facts;
}

/** A move that was broken off left the mark of before, and some logs in their new place. */
function mustBe(dataDir: string, engine: EngineMark['engine']): void {
  const mark = readEngineMark(dataDir);
  if (mark?.engine === engine) return;
  const found = mark === undefined ? 'is empty' : `is one of the engine ${mark.engine}`;
  throw new TarsierError(
    'ENGINE_OTHER',
    `Cannot move ${dataDir}: it ${found}, and this moves one of the engine ${engine}.`,
    { hint: 'Name the data folder of the controller with --data.' },
  );
}

function mustBeEqual(after: StoreFacts, before: StoreFacts | undefined): void {
  if (after.hash === before?.hash && after.stateDigest === before.stateDigest) return;
  throw new TarsierError(
    'DEFECT',
    `The ${after.store} is another one after the move: entry ${before?.sequence} with state ${before?.stateDigest}, now entry ${after.sequence} with state ${after.stateDigest}.`,
  );
}
