/** Opens what a controller keeps on its disk: the registry, the patch store, and their blobs. */

import { join } from 'node:path';
import type { TarsierError } from '../errors/tarsier-error.ts';
import type { RegistryCommand } from '../registry/commands.ts';
import type { RegistryState } from '../registry/model.ts';
import { registryMachine } from '../registry/registry-machine.ts';
import type { RegistryResult } from '../registry/result.ts';
import type { Log } from '../replica/core/log.ts';
import type { Replica, StateMachine } from '../replica/core/replica.ts';
import {
  openEmbeddedBlobs,
  type EmbeddedBlobs,
} from '../replica/drivers/embedded/embedded-blobs.ts';
import { openEmbeddedLog } from '../replica/drivers/embedded/embedded-log.ts';
import { openReplica } from '../replica/open-replica.ts';
import type { PackageBlobs } from './patch/package-contents.ts';
import { patchMachine } from './patch/patch-machine.ts';
import type { PatchReplica } from './patch/stored-packages.ts';

export interface Stores {
  readonly registry: Replica<RegistryState, RegistryCommand, RegistryResult>;
  readonly patch: PatchReplica;
  /** With `verify`, which reads all of a blob: `BLOB_DAMAGED`. */
  readonly packageBlobs: PackageBlobs & Pick<EmbeddedBlobs, 'verify'>;
  close(): Promise<void>;
}

/** Fails with `LOG_LOCKED` while another process has the data folder open. */
export async function openStores(
  dataDir: string,
  onSnapshotFailed: (error: unknown) => void,
  onFailed: (error: TarsierError) => void = onSnapshotFailed,
): Promise<Stores> {
  const opened: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const part of opened.splice(0).toReversed()) await part.close();
  };
  async function open<State, Command, Result>(
    name: string,
    machine: StateMachine<State, Command, Result>,
  ): Promise<Replica<State, Command, Result>> {
    const directory = join(dataDir, name);
    const log: Log = await openEmbeddedLog({ directory });
    opened.push(log);
    const blobs = await openEmbeddedBlobs({ directory: join(directory, 'snapshots') });
    const replica = await openReplica({ log, blobs, machine, onSnapshotFailed, onFailed });
    opened.push(replica);
    return replica;
  }
  try {
    const registry = await open('registry', registryMachine);
    const patch = await open('patch', patchMachine);
    const packageBlobs = await openEmbeddedBlobs({ directory: join(dataDir, 'packages') });
    return { registry, patch, packageBlobs, close };
  } catch (error) {
    await close();
    throw error;
  }
}
