/** Builds the data folder of a controller out of a backup, and opens it to see that it works. */

import { createHash } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { isTarsierError } from '../../errors/tarsier-error.ts';
import type { Digest } from '../../replica/core/blobs.ts';
import type { Replica } from '../../replica/core/replica.ts';
import { encodeRecord, recordCommandId } from '../../replica/core/snapshot-format.ts';
import { openEmbeddedBlobs } from '../../replica/drivers/embedded/embedded-blobs.ts';
import { openEmbeddedLog } from '../../replica/drivers/embedded/embedded-log.ts';
import { openStores, type Stores } from '../open-stores.ts';
import { collectBytes, type BackupEntry } from './backup-entry.ts';
import { backupDamaged } from './backup-errors.ts';
import { machineNames, snapshotName, type BackupManifest, type MachineName } from './manifest.ts';
import { syncTree } from './sync-tree.ts';
import type { VerifiedBackup } from './verified-backup.ts';

const NEWLINE = 0x0a;

/** What is in a folder that was restored and opened. */
export interface RestoredFigures {
  readonly entries: Readonly<Record<MachineName, number>>;
  readonly stateDigests: Readonly<Record<MachineName, string>>;
  readonly nodes: number;
  readonly scopes: number;
  readonly instances: number;
  readonly packages: number;
  readonly packageBytes: number;
  readonly tokens: number;
}

export interface RestoreOptions {
  /** What the backup is called in errors. */
  readonly where: string;
  /** Of Tarsier. */
  readonly version: string;
}

/**
 * Writes into `folder`, which must be empty or absent, syncs it, and verifies all of it: the replicas
 * open, have the digests of the manifest, and every package is whole. What fails leaves a mess that
 * the caller removes.
 */
export async function restoreData(
  backup: VerifiedBackup,
  folder: string,
  options: RestoreOptions,
): Promise<RestoredFigures> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFiles(backup, folder, options.where);
  try {
    for (const name of machineNames) await beginLog(name, backup.manifest, folder);
  } catch (error) {
    if (!isTarsierError(error) || error.code !== 'USAGE') throw error;
    throw backupDamaged(options.where, 'it names a place that no log has', error);
  }
  const figures = await verifyFolder(backup.manifest, folder, options);
  await syncTree(folder);
  return figures;
}

async function writeFiles(
  { files, manifest }: VerifiedBackup,
  folder: string,
  where: string,
): Promise<void> {
  const packages = await openEmbeddedBlobs({ directory: join(folder, 'packages') });
  const snapshots = {
    registry: await openEmbeddedBlobs({ directory: join(folder, 'registry', 'snapshots') }),
    patch: await openEmbeddedBlobs({ directory: join(folder, 'patch', 'snapshots') }),
  };
  for await (const file of files) {
    const machine = machineNames.find((name) => file.name === snapshotName(name));
    if (machine !== undefined) {
      const { stateDigest } = manifest.machines[machine];
      await snapshots[machine].put(checkState(file, stateDigest, where));
    } else if (file.name.startsWith('tokens/')) {
      await writeToken(folder, file);
    } else {
      await packages.put(file.content, { maxBytes: file.sizeBytes });
    }
  }
}

/** A snapshot is a line and the encoded state behind it: passes it on, and hashes the state. */
async function* checkState(
  { name, content }: BackupEntry,
  stateDigest: string,
  where: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let isInState = false;
  for await (const chunk of content) {
    const lineEnd: number = isInState ? -1 : chunk.indexOf(NEWLINE);
    if (isInState || lineEnd !== -1) hash.update(chunk.subarray(lineEnd + 1));
    isInState ||= lineEnd !== -1;
    yield chunk;
  }
  if (hash.digest('hex') === stateDigest) return;
  throw backupDamaged(where, `the state in ${name} is not the one that its manifest names`);
}

async function writeToken(folder: string, { name, sizeBytes, content }: BackupEntry) {
  await mkdir(join(folder, 'tokens'), { recursive: true, mode: 0o700 });
  const handle = await open(join(folder, name), 'wx', 0o600);
  try {
    await handle.writeFile(await collectBytes(content, sizeBytes));
  } finally {
    await handle.close();
  }
}

/** A log that goes on behind the snapshot: its first entry is the record that names the snapshot. */
async function beginLog(
  name: MachineName,
  { machines, files }: BackupManifest,
  folder: string,
): Promise<void> {
  const { sequence, hash } = machines[name];
  const file = files.find((one) => one.name === snapshotName(name));
  if (file === undefined) return;
  const digest: Digest = `sha256:${file.sha256}`;
  const record = { sequence, hash, digest, sizeBytes: file.sizeBytes, older: [] };
  const log = await openEmbeddedLog({
    directory: join(folder, name),
    startAt: { sequence, hash },
  });
  try {
    await log.append({ commandId: recordCommandId(record), payload: encodeRecord(record) });
  } finally {
    await log.close();
  }
}

async function verifyFolder(
  manifest: BackupManifest,
  folder: string,
  { where, version }: RestoreOptions,
): Promise<RestoredFigures> {
  let stores: Stores;
  try {
    stores = await openStores(folder, () => undefined);
  } catch (error) {
    if (isTarsierError(error) && error.code.endsWith('_TOO_NEW')) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw backupDamaged(where, `what is in it does not open (${reason})`, error);
  }
  try {
    const sameVersion = manifest.version === version;
    const registry = await compare('registry', stores.registry, { manifest, where, sameVersion });
    const patch = await compare('patch', stores.patch, { manifest, where, sameVersion });
    const { nodes, scopes, targets } = stores.registry.state;
    return {
      entries: { registry: stores.registry.sequence, patch: stores.patch.sequence },
      stateDigests: { registry, patch },
      nodes: nodes.size,
      scopes: scopes.size,
      instances: targets.size,
      ...(await verifyPackages(stores, where)),
      tokens: manifest.files.filter(({ name }) => name.startsWith('tokens/')).length,
    };
  } finally {
    await stores.close();
  }
}

async function compare<State, Command, Result>(
  name: MachineName,
  replica: Replica<State, Command, Result>,
  {
    manifest,
    where,
    sameVersion,
  }: {
    readonly manifest: BackupManifest;
    readonly where: string;
    readonly sameVersion: boolean;
  },
): Promise<string> {
  const { state } = await replica.capture();
  const found = createHash('sha256').update(state).digest('hex');
  // Another version may write the same state in other bytes; the bytes it read had this digest.
  if (found !== manifest.machines[name].stateDigest && sameVersion) {
    throw backupDamaged(where, `the state of ${name} is not the one that its manifest names`);
  }
  return found;
}

async function verifyPackages(
  { patch, packageBlobs }: Stores,
  where: string,
): Promise<{ readonly packages: number; readonly packageBytes: number }> {
  const verified = new Map<Digest, number>();
  for (const [name, { versions }] of patch.state.packages) {
    for (const [version, { digest, sizeBytes }] of versions) {
      if (verified.has(digest)) continue;
      const stored = await packageBlobs.verify(digest).catch((error: unknown) => {
        throw backupDamaged(where, `package ${name} ${version} is not whole in it`, error);
      });
      if (stored.sizeBytes !== sizeBytes) {
        throw backupDamaged(where, `package ${name} ${version} has another size in it`);
      }
      verified.set(digest, sizeBytes);
    }
  }
  const packageBytes = verified.values().reduce((sum, sizeBytes) => sum + sizeBytes, 0);
  return { packages: verified.size, packageBytes };
}
