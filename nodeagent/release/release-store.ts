/** The releases on this machine: fetched, verified, unpacked, switched to, and kept for rollback. */

import { randomBytes } from 'node:crypto';
import { chmod, mkdir, rename, rm, utimes } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isTarsierError, TarsierError } from '../../errors/tarsier-error.ts';
import { defaultArchiveLimits, type ArchiveLimits } from '../../link/packages/archive-limits.ts';
import { diskFull, isDiskFull } from '../../link/packages/disk-space.ts';
import {
  checkPackageReference,
  isDigest,
  isPackageName,
  releaseFolderName,
} from '../../link/packages/package-reference.ts';
import type { Digest } from '../../replica/core/blobs.ts';
import { Downloads, type RetryOptions } from './downloads.ts';
import type { InstallProgress } from './install-progress.ts';
import type { PackageSource } from './package-source.ts';
import { planRetention, type RetentionLimits } from './plan-retention.ts';
import { listReleases, removeLeftovers } from './release-folders.ts';
import { inspectRelease, writeMarker } from './release-marker.ts';
import { SharedWork, type Waiter } from './shared-work.ts';
import { switchLink } from './switch-link.ts';
import { syncDirectory, unpack } from './unpack.ts';

export interface ReleaseStoreOptions {
  /** `<dataDir>/services` and `<dataDir>/downloads`; both must be on one file system. */
  readonly dataDir: string;
  readonly source: PackageSource;
  readonly now: () => number;
  /** Release folders that processes run in, beside what `current` names. */
  readonly pathsInUse?: () => ReadonlySet<string>;
  readonly archiveLimits?: ArchiveLimits;
  readonly retention?: RetentionLimits;
  readonly retry?: RetryOptions;
}

export interface InstallRequest {
  readonly service: string;
  readonly package: string;
  readonly version: string;
  readonly digest: string;
  readonly sizeBytes: number;
}

export interface InstalledRelease {
  /** The folder that the service runs in. */
  readonly path: string;
  /** True when nothing had to be done. */
  readonly alreadyThere: boolean;
  /** Files that are not as they were unpacked, in a release that could not be replaced now. */
  readonly changedPaths: readonly string[];
}

const defaultRetention: RetentionLimits = { oldReleasesMax: 3, diskBudgetBytes: 20 * 1024 ** 3 };
const defaultRetry: RetryOptions = { failuresMax: 5, firstDelayMs: 200, delayMsMax: 5_000 };

interface RunningInstall {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: InstallProgress) => void;
}

interface CheckedRequest extends InstallRequest {
  readonly digest: Digest;
}

export class ReleaseStore {
  /** `<dataDir>/services`, absolute. */
  readonly folder: string;
  readonly #options: ReleaseStoreOptions;
  readonly #downloads: Downloads;
  readonly #installs = new SharedWork<InstalledRelease, InstallProgress>();
  /** Paths that an install is about to return: not collected under its hands. */
  readonly #installing = new Map<string, number>();
  #collecting: Promise<unknown> = Promise.resolve();

  private constructor(options: ReleaseStoreOptions, downloads: Downloads) {
    this.#options = options;
    this.#downloads = downloads;
    this.folder = resolve(options.dataDir, 'services');
  }

  /** Removes what a process that was killed left half done. */
  static async open(options: ReleaseStoreOptions): Promise<ReleaseStore> {
    const downloads = await Downloads.open({
      folder: join(options.dataDir, 'downloads'),
      source: options.source,
      now: options.now,
      retry: options.retry ?? defaultRetry,
    });
    const store = new ReleaseStore(options, downloads);
    await mkdir(store.folder, { recursive: true });
    await removeLeftovers(store.folder);
    return store;
  }

  /**
   * Brings the release to the disk; safe to repeat, and immediate when it is there. A release whose
   * files were changed is unpacked again, unless a process runs in it or its package cannot be had.
   * Transient: `PACKAGE_UNREACHABLE`, `PACKAGE_DIGEST_MISMATCH`, `DISK_FULL`. Terminal: `ARCHIVE_…`.
   */
  async install(
    request: InstallRequest,
    waiter: Waiter<InstallProgress> = {},
  ): Promise<InstalledRelease> {
    const checked = check(request);
    const path = this.releasePath(checked);
    this.#installing.set(path, (this.#installing.get(path) ?? 0) + 1);
    try {
      return await this.#installs.run(path, waiter, (signal, onProgress) =>
        this.#installOrKeep(checked, path, { signal, onProgress }),
      );
    } finally {
      const left = (this.#installing.get(path) ?? 1) - 1;
      if (left === 0) this.#installing.delete(path);
      else this.#installing.set(path, left);
    }
  }

  /** Points `current` of the service at a release, at once; then deletes what is kept for too long. */
  async switchCurrent(service: string, path: string): Promise<void> {
    const serviceFolder = join(this.folder, service);
    await switchLink(serviceFolder, path, this.#options.now());
    await this.collect();
  }

  /** Deletes old releases beyond the limits; those in use stay. Returns what was deleted. */
  async collect(): Promise<readonly string[]> {
    const collected = this.#collectAfter(this.#collecting);
    this.#collecting = Promise.allSettled([collected]);
    return collected;
  }

  async #collectAfter(before: Promise<unknown>): Promise<readonly string[]> {
    await before;
    const running = this.#options.pathsInUse?.() ?? new Set<string>();
    const releases = await listReleases(
      this.folder,
      (path) => running.has(path) || this.#installing.has(path),
    );
    const deleted = planRetention(releases, this.#options.retention ?? defaultRetention);
    for (const path of deleted) await setAside(path);
    return deleted;
  }

  releasePath(request: { service: string; version: string; digest: Digest }): string {
    const name = releaseFolderName(request.version, request.digest);
    return join(this.folder, request.service, 'releases', name);
  }

  async #installOrKeep(
    request: CheckedRequest,
    path: string,
    running: RunningInstall,
  ): Promise<InstalledRelease> {
    const condition = await inspectRelease(path, request.digest);
    if (condition.kind === 'whole') {
      // As good as new: not the next one to be collected.
      await utimes(path, this.#options.now() / 1000, this.#options.now() / 1000);
      return { path, alreadyThere: true, changedPaths: [] };
    }
    const kept: InstalledRelease = {
      path,
      alreadyThere: true,
      changedPaths: condition.kind === 'changed' ? condition.paths : [],
    };
    if (condition.kind === 'changed' && this.#options.pathsInUse?.().has(path) === true)
      return kept;
    try {
      await this.#downloads.use(request, running, (file) =>
        this.#unpackTo(file, path, request, running),
      );
      return { path, alreadyThere: false, changedPaths: [] };
    } catch (error) {
      const unreachable = isTarsierError(error) && error.code === 'PACKAGE_UNREACHABLE';
      // Without a controller, a changed release still is better than none.
      if (unreachable && condition.kind === 'changed') return kept;
      throw error;
    }
  }

  async #unpackTo(
    file: string,
    path: string,
    request: CheckedRequest,
    running: RunningInstall,
  ): Promise<void> {
    const releases = join(path, '..');
    await mkdir(releases, { recursive: true });
    const staging = join(releases, `.staging-${randomBytes(8).toString('hex')}`);
    await mkdir(staging, { mode: 0o700 });
    try {
      const files = await unpack(file, staging, {
        limits: this.#options.archiveLimits ?? defaultArchiveLimits,
        signal: running.signal,
        onRead: (bytes) =>
          running.onProgress({ phase: 'unpacking', bytes, totalBytes: request.sizeBytes }),
      });
      const { package: name, version, digest, sizeBytes } = request;
      const installedAt = this.#options.now();
      const about = { package: name, version, digest, sizeBytes, installedAt };
      await writeMarker(staging, { format: 1, ...about, files });
      await chmod(staging, 0o755);
      await syncDirectory(staging);
      running.signal.throwIfAborted();
      await setAside(path);
      await rename(staging, path);
      await syncDirectory(releases);
    } catch (error) {
      await rm(staging, { recursive: true, force: true });
      throw isDiskFull(error) ? diskFull(staging, error) : error;
    }
  }
}

/** Away from its name at once, so that a crash while files are deleted leaves no half release. */
async function setAside(path: string): Promise<void> {
  const trash = join(path, '..', `.trash-${randomBytes(8).toString('hex')}`);
  try {
    await rename(path, trash);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  await rm(trash, { recursive: true, force: true });
}

function check(request: InstallRequest): CheckedRequest {
  checkPackageReference(request.package, request.version);
  const { digest } = request;
  if (!isPackageName(request.service) || !isDigest(digest)) {
    throw new TarsierError(
      'PACKAGE_NAME_INVALID',
      `Cannot install ${request.package} ${request.version}: its service or digest is not well-formed.`,
    );
  }
  return { ...request, digest };
}
