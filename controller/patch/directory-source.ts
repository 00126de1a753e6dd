/**
 * Takes packages from a local folder, `<folder>/<App.Server>/<version>/…`, for `tarsctl dev`: a new
 * version folder appears by itself, and a changed one replaces what it was packed to before.
 */

import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { watch, type FSWatcher } from 'chokidar';
import { isPackageName, isPackageVersion } from '../../link/packages/package-reference.ts';
import { isLeftOut, packDirectory } from './pack-directory.ts';
import type { PackageContents } from './package-contents.ts';
import type { StoredPackages } from './stored-packages.ts';

export interface DirectorySourceOptions {
  /** What is watched. */
  readonly folder: string;
  /** For packages on their way to the store; owned by this object. */
  readonly workFolder: string;
  readonly packages: StoredPackages;
  readonly contents: PackageContents;
  readonly now: () => number;
  /** A version folder that cannot be taken; what was taken from it before stays. */
  onFault(name: string, version: string, error: unknown): void;
}

/** Several files that are saved together make one version. */
const quietMs = 100;
/** When the system cannot watch, this often everything is looked at. */
const pollMs = 2_000;
const gzipLevel = 1;

interface VersionFolder {
  readonly name: string;
  readonly version: string;
}

export class DirectorySource {
  readonly #options: DirectorySourceOptions;
  readonly #folder: string;
  readonly #waiting = new Map<string, NodeJS.Timeout>();
  /** One after the other, so that a folder is never packed twice at once. */
  #work: Promise<void> = Promise.resolve();
  #watcher: FSWatcher | undefined;
  #poll: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(options: DirectorySourceOptions) {
    this.#options = options;
    this.#folder = resolve(options.folder);
  }

  /** Resolves when every version folder that is there was looked at. */
  static async start(options: DirectorySourceOptions): Promise<DirectorySource> {
    const source = new DirectorySource(options);
    await rm(options.workFolder, { recursive: true, force: true });
    await mkdir(options.workFolder, { recursive: true, mode: 0o700 });
    await source.#watch();
    await source.#takeAll();
    return source;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#poll);
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
    await this.#watcher?.close();
    await this.#work;
    await rm(this.#options.workFolder, { recursive: true, force: true });
  }

  async #watch(): Promise<void> {
    const watcher = watch(this.#folder, {
      ignoreInitial: true,
      followSymlinks: false,
      ignored: isLeftOut,
    });
    this.#watcher = watcher;
    watcher.on('all', (_event, path) => this.#changed(path));
    watcher.on('error', () => {
      this.#poll ??= setInterval(() => void this.#takeAll(), pollMs);
    });
    await new Promise<void>((ready) => {
      watcher.once('ready', ready);
      watcher.once('error', () => ready());
    });
  }

  #changed(path: string): void {
    const [name = '', version = ''] = relative(this.#folder, path).split(sep);
    if (this.#closed || !isPackageName(name) || !isPackageVersion(version)) return;
    const key = join(name, version);
    clearTimeout(this.#waiting.get(key));
    const timer = setTimeout(() => {
      this.#waiting.delete(key);
      this.#take({ name, version });
    }, quietMs);
    this.#waiting.set(key, timer);
  }

  async #takeAll(): Promise<void> {
    for (const name of await foldersIn(this.#folder)) {
      if (!isPackageName(name)) continue;
      for (const version of await foldersIn(join(this.#folder, name))) {
        if (isPackageVersion(version)) this.#take({ name, version });
      }
    }
    await this.#work;
  }

  #take(folder: VersionFolder): void {
    this.#work = this.#takeAfter(this.#work, folder);
  }

  async #takeAfter(before: Promise<void>, folder: VersionFolder): Promise<void> {
    await before;
    if (!this.#closed) await this.#takeOne(folder);
  }

  async #takeOne({ name, version }: VersionFolder): Promise<void> {
    const { packages, contents, workFolder, now, onFault } = this.#options;
    const folder = join(this.#folder, name, version);
    const file = join(workFolder, `${name}-${version}.tgz`);
    try {
      const { digest, sizeBytes } = await packDirectory(folder, file, { gzipLevel });
      if (packages.find(name, version)?.digest === digest) return;
      await contents.admit(file, digest, (summary) =>
        packages.addOrReplace(name, version, {
          digest,
          sizeBytes,
          ...summary,
          pushedAt: now(),
          by: 'directory',
          comment: folder,
          source: 'directory',
        }),
      );
    } catch (error) {
      // The folder was taken away: what it was packed to stays, as running services may need it.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') onFault(name, version, error);
    } finally {
      await rm(file, { force: true });
    }
  }
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  const children = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return children.filter((child) => child.isDirectory()).map((child) => child.name);
}
