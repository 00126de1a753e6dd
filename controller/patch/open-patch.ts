/** Puts the patch store together over a replica and blobs, and keeps it tidy. */

import { join } from 'node:path';
import { defaultArchiveLimits, type ArchiveLimits } from '../../link/packages/archive-limits.ts';
import { PackageContents, type PackageBlobs } from './package-contents.ts';
import { StoredPackages, type PackageUse, type PatchReplica } from './stored-packages.ts';
import { Uploads } from './uploads.ts';

export interface OpenPatchOptions {
  /** Runs `patchMachine`. */
  readonly replica: PatchReplica;
  /** For packages alone: whatever no version refers to is deleted from it. */
  readonly blobs: PackageBlobs;
  /** For what is on its way; owned by the patch store. */
  readonly folder: string;
  /** What services ask for or run now; such versions are not deleted. */
  readonly packagesInUse: () => readonly PackageUse[];
  readonly now: () => number;
  readonly archiveLimits?: ArchiveLimits;
  /** Of one package, as stored; 4 GiB by default. */
  readonly packageBytesMax?: number;
  /** Of all packages together; absent: until the disk is full. */
  readonly storedBytesMax?: number;
  /** Housekeeping that failed; it is tried again. */
  readonly onHousekeepingError?: (error: unknown) => void;
}

export interface Patch {
  readonly packages: StoredPackages;
  readonly contents: PackageContents;
  readonly uploads: Uploads;
  readonly blobs: PackageBlobs;
  /** Does not close the replica. */
  close(): Promise<void>;
}

const packageBytesMax = 4 * 1024 ** 3;
const housekeepingMs = 10 * 60_000;
/** Uploads that nobody goes on with. */
const uploadIdleMs = 24 * 3_600_000;
/** Content of a deleted version stays this long: an agent may be fetching it. */
const contentGraceMs = 3_600_000;

export async function openPatch(options: OpenPatchOptions): Promise<Patch> {
  const { blobs, now, archiveLimits = defaultArchiveLimits } = options;
  const packages = new StoredPackages(options.replica, options.packagesInUse);
  const contents = new PackageContents({ blobs, archiveLimits, now });
  const uploads = await Uploads.open({
    folder: join(options.folder, 'uploads'),
    packages,
    contents,
    packageBytesMax: options.packageBytesMax ?? packageBytesMax,
    ...(options.storedBytesMax !== undefined && { storedBytesMax: options.storedBytesMax }),
    now,
  });
  let working: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    working = tidy(packages, contents, uploads).catch(options.onHousekeepingError);
  }, housekeepingMs);
  timer.unref();
  return {
    packages,
    contents,
    uploads,
    blobs,
    async close() {
      clearInterval(timer);
      await working;
    },
  };
}

async function tidy(
  packages: StoredPackages,
  contents: PackageContents,
  uploads: Uploads,
): Promise<void> {
  await uploads.removeStale(uploadIdleMs);
  await contents.sweep(() => packages.referencedDigests(), contentGraceMs);
}
