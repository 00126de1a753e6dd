/** Makes a backup of open stores: both state machines at one moment, and every package they know. */

import { createHash } from 'node:crypto';
import { isTarsierError, TarsierError } from '../../errors/tarsier-error.ts';
import type { Blobs, Digest } from '../../replica/core/blobs.ts';
import type { CapturedState } from '../../replica/core/replica.ts';
import { encodeSnapshot } from '../../replica/core/snapshot-format.ts';
import type { Stores } from '../open-stores.ts';
import { once, type BackupEntry } from './backup-entry.ts';
import {
  encodeManifest,
  makeManifest,
  MANIFEST_NAME,
  MANIFEST_SUM_NAME,
  manifestSum,
  packageName,
  snapshotName,
  tokenName,
  type BackupFile,
  type BackupManifest,
  type MachineState,
} from './manifest.ts';

export interface CaptureOptions {
  /** Of Tarsier. */
  readonly version: string;
  readonly now: number;
  /** Secrets by kind; none by default. Whoever asks for them encrypts what comes. */
  readonly tokens?: ReadonlyMap<string, string>;
}

export interface Capture {
  readonly manifest: BackupManifest;
  /** To be read once. */
  readonly entries: AsyncIterable<BackupEntry>;
}

type BackupStores = Pick<Stores, 'registry' | 'patch'> & { readonly packageBlobs: Blobs };

interface StoredPackage {
  /** For people: the first version that has this content. */
  readonly label: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** `BACKUP_INCOMPLETE` names the package that is not there as the patch store says. */
export async function captureBackup(
  stores: BackupStores,
  { version, now, tokens = new Map() }: CaptureOptions,
): Promise<Capture> {
  // Whatever was acknowledged before the backup was asked for is in it.
  await Promise.all([stores.registry.catchUp(), stores.patch.catchUp()]);
  // All three read memory before the next await: one moment for both machines.
  const capturing = Promise.all([stores.registry.capture(), stores.patch.capture()]);
  const packages = packagesOf(stores);
  const cluster = stores.registry.state.cluster?.name;
  const [registry, patch] = await capturing;
  await checkPackages(stores.packageBlobs, packages);

  const small = new Map<string, Uint8Array>([
    [snapshotName('registry'), encodeSnapshot(headerOf(registry), registry.state)],
    [snapshotName('patch'), encodeSnapshot(headerOf(patch), patch.state)],
    ...[...tokens].map(([kind, token]) => [tokenName(kind), Buffer.from(`${token}\n`)] as const),
  ]);
  const files: BackupFile[] = [...small].map(([name, bytes]) => ({
    name,
    sizeBytes: bytes.length,
    sha256: sha256(bytes),
  }));
  for (const { label, digest, sizeBytes } of packages) {
    const hex = digest.slice('sha256:'.length);
    files.push({ name: packageName(hex), sizeBytes, sha256: hex, label });
  }
  const manifest = makeManifest({
    version,
    createdAt: now,
    ...(cluster === undefined ? {} : { cluster }),
    machines: { registry: stateOf(registry), patch: stateOf(patch) },
    files,
  });
  return { manifest, entries: entriesOf(manifest, small, stores.packageBlobs) };
}

function headerOf({ sequence, hash }: CapturedState) {
  return { sequence, hash };
}

function stateOf({ sequence, hash, state }: CapturedState): MachineState {
  return { sequence, hash, stateDigest: sha256(state) };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Equal content once. */
function packagesOf({ patch }: Pick<BackupStores, 'patch'>): readonly StoredPackage[] {
  const found = new Map<Digest, StoredPackage>();
  for (const [name, record] of patch.state.packages) {
    for (const [version, { digest, sizeBytes }] of record.versions) {
      if (!found.has(digest)) found.set(digest, { label: `${name} ${version}`, digest, sizeBytes });
    }
  }
  return [...found.values()];
}

async function checkPackages(blobs: Blobs, packages: readonly StoredPackage[]): Promise<void> {
  for (const { label, digest, sizeBytes } of packages) {
    const stored = await blobs.has(digest);
    if (stored?.sizeBytes === sizeBytes) continue;
    const what =
      stored === undefined ? 'is missing' : `has ${stored.sizeBytes} bytes instead of ${sizeBytes}`;
    throw new TarsierError(
      'BACKUP_INCOMPLETE',
      `Cannot make a whole backup: the content of package ${label} (${digest}) ${what}.`,
      { details: { package: label, digest } },
    );
  }
}

async function* entriesOf(
  manifest: BackupManifest,
  small: ReadonlyMap<string, Uint8Array>,
  blobs: Blobs,
): AsyncGenerator<BackupEntry> {
  const bytes = encodeManifest(manifest);
  yield entry(MANIFEST_NAME, bytes);
  yield entry(MANIFEST_SUM_NAME, manifestSum(bytes));
  for (const { name, sizeBytes, sha256: hex } of manifest.files) {
    const content = small.get(name);
    if (content === undefined) {
      yield { name, sizeBytes, content: filledUp(blobs, `sha256:${hex}`, sizeBytes) };
    } else {
      yield entry(name, content);
    }
  }
}

function entry(name: string, bytes: Uint8Array): BackupEntry {
  return { name, sizeBytes: bytes.length, content: once(bytes) };
}

/**
 * A file in a stream must be as long as was said: what a damaged package lacks is filled up, so that
 * its checksum is wrong and the reader can name it, instead of a stream that breaks off.
 */
async function* filledUp(
  blobs: Blobs,
  digest: Digest,
  sizeBytes: number,
): AsyncGenerator<Uint8Array> {
  let left = sizeBytes;
  try {
    for await (const chunk of await blobs.get(digest)) {
      left -= chunk.length;
      yield chunk;
    }
  } catch (error) {
    const expected = ['BLOB_DAMAGED', 'BLOB_MISSING'];
    if (!isTarsierError(error) || !expected.includes(error.code)) throw error;
  }
  for (; left > 0; left -= Math.min(left, FILLER.length)) yield FILLER.subarray(0, left);
}

const FILLER = Buffer.alloc(65_536);
