/** Packages on their way to this machine: resumable, verified, shared by all who need the same bytes. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isTarsierError, TarsierError } from '../../errors/tarsier-error.ts';
import { checkFreeSpace, diskFull, isDiskFull } from '../../link/packages/disk-space.ts';
import type { PackageArtifact } from '../../link/packages/package-reference.ts';
import type { Digest } from '../../replica/core/blobs.ts';
import type { InstallProgress } from './install-progress.ts';
import type { PackageSource } from './package-source.ts';
import { SharedWork, type Waiter } from './shared-work.ts';

export interface DownloadsOptions {
  /** Owned by this object. */
  readonly folder: string;
  readonly source: PackageSource;
  readonly now: () => number;
  readonly retry: RetryOptions;
}

export interface RetryOptions {
  /** Failures in a row, without a byte in between. */
  readonly failuresMax: number;
  readonly firstDelayMs: number;
  readonly delayMsMax: number;
}

/** Parts that nobody went on with. */
const partAgeMsMax = 7 * 24 * 3_600_000;

export class Downloads {
  readonly #options: DownloadsOptions;
  readonly #shared = new SharedWork<string, InstallProgress>();
  readonly #users = new Map<Digest, number>();

  private constructor(options: DownloadsOptions) {
    this.#options = options;
  }

  static async open(options: DownloadsOptions): Promise<Downloads> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(options.folder)) {
      const file = join(options.folder, name);
      const { mtimeMs } = await stat(file);
      const isOld = options.now() - mtimeMs > partAgeMsMax;
      if (isOld || !name.endsWith('.part')) await rm(file, { recursive: true, force: true });
    }
    return new Downloads(options);
  }

  /**
   * Fetches and verifies the content and calls `consume` with the file, which is there until then.
   * What a cancelled or failed download has got stays for the next one; what was consumed goes.
   */
  async use<T>(
    artifact: PackageArtifact,
    waiter: Waiter<InstallProgress>,
    consume: (file: string) => Promise<T>,
  ): Promise<T> {
    const { digest } = artifact;
    this.#users.set(digest, (this.#users.get(digest) ?? 0) + 1);
    let fetched = false;
    try {
      const file = await this.#shared.run(digest, waiter, (signal, onProgress) =>
        this.#fetch(artifact, signal, onProgress),
      );
      fetched = true;
      return await consume(file);
    } finally {
      const left = (this.#users.get(digest) ?? 1) - 1;
      if (left > 0) this.#users.set(digest, left);
      else this.#users.delete(digest);
      if (left === 0 && fetched) await rm(this.#partFile(digest), { force: true });
    }
  }

  async #fetch(
    artifact: PackageArtifact,
    signal: AbortSignal,
    onProgress: (progress: InstallProgress) => void,
  ): Promise<string> {
    const file = this.#partFile(artifact.digest);
    const resumed = (await sizeOf(file)) > 0;
    await this.#receiveAll(artifact, signal, onProgress);
    onProgress({ phase: 'verifying', bytes: 0, totalBytes: artifact.sizeBytes });
    if ((await digestOf(file, signal)) === artifact.digest) return file;
    await rm(file, { force: true });
    if (resumed) {
      // What an earlier run left behind may be damaged: once more, from the beginning.
      return this.#fetch(artifact, signal, onProgress);
    }
    throw new TarsierError(
      'PACKAGE_DIGEST_MISMATCH',
      `The controller sent other bytes than ${artifact.digest}; they were thrown away.`,
    );
  }

  async #receiveAll(
    artifact: PackageArtifact,
    signal: AbortSignal,
    onProgress: (progress: InstallProgress) => void,
  ): Promise<void> {
    const { failuresMax, firstDelayMs, delayMsMax } = this.#options.retry;
    const file = this.#partFile(artifact.digest);
    let failures = 0;
    for (;;) {
      const before = await sizeOf(file);
      if (before === artifact.sizeBytes) return;
      // The part that is missing, and at least as much again for what it unpacks to.
      await checkFreeSpace(this.#options.folder, 2 * artifact.sizeBytes - before);
      try {
        await this.#receive(artifact, before, signal, onProgress);
      } catch (error) {
        signal.throwIfAborted();
        if (isDiskFull(error)) {
          await rm(file, { force: true });
          throw diskFull(file, error);
        }
        failures = (await sizeOf(file)) > before ? 1 : failures + 1;
        if (failures >= failuresMax) throw asUnreachable(error, artifact.digest);
        const delayMs = Math.min(firstDelayMs * 2 ** (failures - 1), delayMsMax);
        await sleep(delayMs * (0.5 + Math.random() / 2), undefined, { signal });
      }
    }
  }

  async #receive(
    artifact: PackageArtifact,
    have: number,
    signal: AbortSignal,
    onProgress: (progress: InstallProgress) => void,
  ): Promise<void> {
    const totalBytes = artifact.sizeBytes;
    const startByte = have > totalBytes ? 0 : have;
    const content = await this.#options.source.open(artifact.digest, startByte, signal);
    const part = await open(this.#partFile(artifact.digest), have === 0 ? 'w' : 'r+', 0o600);
    try {
      let position = content.startByte === startByte ? startByte : 0;
      await part.truncate(position);
      for await (const chunk of content.body) {
        const wanted = chunk.subarray(0, totalBytes - position);
        position += (await part.write(wanted, 0, wanted.length, position)).bytesWritten;
        onProgress({ phase: 'downloading', bytes: position, totalBytes });
        // A sender that goes on has other content; the digest will say so.
        if (position === totalBytes) break;
      }
      if (position < totalBytes) {
        throw new TarsierError('PACKAGE_UNREACHABLE', `The connection ended at byte ${position}.`);
      }
    } finally {
      await part.close();
    }
  }

  #partFile(digest: Digest): string {
    return join(this.#options.folder, `${digest.slice('sha256:'.length)}.part`);
  }
}

function asUnreachable(error: unknown, digest: Digest): TarsierError {
  if (isTarsierError(error)) return error;
  const message = `Cannot fetch ${digest}: ${(error as Error).message}.`;
  return new TarsierError('PACKAGE_UNREACHABLE', message, { cause: error });
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

async function digestOf(file: string, signal: AbortSignal): Promise<Digest> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { signal })) hash.update(chunk as Buffer);
  return `sha256:${hash.digest('hex')}`;
}
