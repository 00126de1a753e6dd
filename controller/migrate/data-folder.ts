/** What a data folder holds, read and verified before it is moved to another engine. */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { patchMachine } from '../patch/patch-machine.ts';
import { registryMachine } from '../../registry/registry-machine.ts';
import { isMove } from '../../replica/core/move-record.ts';
import type { StateMachine } from '../../replica/core/replica.ts';
import { openEmbeddedBlobs } from '../../replica/drivers/embedded/embedded-blobs.ts';
import { openEmbeddedLog } from '../../replica/drivers/embedded/embedded-log.ts';
import { syncDirectory } from '../../replica/drivers/embedded/sync-directory.ts';
import { openReplica } from '../../replica/open-replica.ts';

export const storeNames = ['registry', 'patch'] as const;
export type StoreName = (typeof storeNames)[number];

/** Where the log of a store lies: alone, in the folder of the store; in a cluster, the copy below it. */
export function logFolder(dataDir: string, store: StoreName, engine: 'embedded' | 'jetstream') {
  return engine === 'embedded' ? join(dataDir, store) : join(dataDir, store, 'copy');
}

export interface StoreFacts {
  readonly store: StoreName;
  /** Entries that were ever written, and how many of them are kept. */
  readonly sequence: number;
  readonly kept: number;
  /** Of the newest entry. */
  readonly hash: string;
  /** SHA-256 of the encoded state. */
  readonly stateDigest: string;
  /** Its last entry says that it goes on elsewhere. */
  readonly isMoved: boolean;
}

/**
 * Verifies the chain of the log, loads the newest snapshot and applies the rest. `LOG_LOCKED` while a
 * controller runs, `LOG_DAMAGED`, `SNAPSHOT_DAMAGED`.
 */
export async function readStore(
  dataDir: string,
  store: StoreName,
  engine: 'embedded' | 'jetstream',
): Promise<StoreFacts> {
  const machine = store === 'registry' ? registryMachine : patchMachine;
  return readWith(dataDir, store, {
    engine,
    machine: machine as StateMachine<unknown, unknown, unknown>,
  });
}

interface Reading {
  readonly engine: 'embedded' | 'jetstream';
  readonly machine: StateMachine<unknown, unknown, unknown>;
}

async function readWith(
  dataDir: string,
  store: StoreName,
  { engine, machine }: Reading,
): Promise<StoreFacts> {
  const directory = findLog(dataDir, store, engine);
  const log = await openEmbeddedLog({ directory });
  try {
    const blobs = await openEmbeddedBlobs({ directory: join(dataDir, store, 'snapshots') });
    const replica = await openReplica({
      log,
      blobs,
      machine,
      snapshotEvery: { commands: Infinity, bytes: Infinity },
    });
    const { sequence, hash, first } = await log.head();
    const stateDigest = createHash('sha256')
      .update(machine.encodeState(replica.state))
      .digest('hex');
    await replica.close();
    const [last] = sequence < first ? [] : await log.read(sequence, 1);
    const isMoved = last !== undefined && isMove(last.commandId);
    return { store, sequence, kept: sequence - first + 1, hash, stateDigest, isMoved };
  } finally {
    await log.close();
  }
}

/** A move that was broken off goes on: each log is in one place or in the other. `ENGINE_OTHER`. */
export function findLog(
  dataDir: string,
  store: StoreName,
  engine: 'embedded' | 'jetstream',
): string {
  const other = engine === 'embedded' ? 'jetstream' : 'embedded';
  const places = [logFolder(dataDir, store, engine), logFolder(dataDir, store, other)];
  const found = places.find((folder) => existsSync(join(folder, 'log.db')));
  if (found !== undefined) return found;
  throw new TarsierError('ENGINE_OTHER', `There is no log in ${places[0]}.`, {
    hint: 'Name the data folder of the controller with --data.',
  });
}

/** Renames within one folder: repeated after a crash, it does what is left. */
export async function moveLog(
  dataDir: string,
  store: StoreName,
  to: 'embedded' | 'jetstream',
): Promise<void> {
  const from = logFolder(dataDir, store, to === 'embedded' ? 'jetstream' : 'embedded');
  const target = logFolder(dataDir, store, to);
  await mkdir(target, { recursive: true, mode: 0o700 });
  const files = await readdir(from).catch(() => []);
  // The log itself comes last: where it is, the move goes on from, and its mark is there before it.
  for (const name of files.toSorted().toReversed()) {
    if (name.startsWith('log.')) await rename(join(from, name), join(target, name));
  }
  await syncDirectory(target);
  if (to === 'embedded') await rm(from, { recursive: true, force: true });
  await syncDirectory(join(dataDir, store));
}
