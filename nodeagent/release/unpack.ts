/** Writes the entries of a package into a fresh folder, and makes them durable. */

import { createReadStream } from 'node:fs';
import { chmod, mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AllowedEntry } from '../../link/packages/archive-entries.ts';
import type { ArchiveLimits } from '../../link/packages/archive-limits.ts';
import { readArchive, type ArchiveSink } from '../../link/packages/read-archive.ts';
import type { ReleaseFile } from './release-marker.ts';

export interface UnpackOptions {
  readonly limits: ArchiveLimits;
  readonly signal: AbortSignal;
  /** Bytes of the package that were read so far. */
  readonly onRead: (bytes: number) => void;
}

const directoryMode = 0o755;
/** Files that are being flushed at once, while the next ones are unpacked. */
const flushesMax = 16;

/**
 * Unpacks into `folder`, which must be empty and writable by nobody else. Only files (0755 or 0644)
 * and directories (0755) are made. On failure, whatever is in the folder is to be thrown away.
 */
export async function unpack(
  file: string,
  folder: string,
  options: UnpackOptions,
): Promise<readonly ReleaseFile[]> {
  const writer = new TreeWriter(folder);
  try {
    await readArchive(countingStream(file, options.onRead), writer, options);
    await writer.flush();
  } finally {
    await writer.settle();
  }
  return writer.files;
}

async function* countingStream(
  file: string,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of createReadStream(file)) {
    bytes += (chunk as Buffer).length;
    yield chunk as Buffer;
    onRead(bytes);
  }
}

class TreeWriter implements ArchiveSink {
  readonly files: ReleaseFile[] = [];
  readonly #root: string;
  readonly #directories = new Set<string>();
  readonly #flushes = new Set<Promise<void>>();
  #failure: unknown;

  constructor(root: string) {
    this.#root = root;
    this.#directories.add(root);
  }

  async directory(entry: AllowedEntry): Promise<void> {
    await this.#makeDirectory(join(this.#root, entry.path));
  }

  async file(entry: AllowedEntry, content: AsyncIterable<Buffer>): Promise<void> {
    const path = join(this.#root, entry.path);
    await this.#makeDirectory(dirname(path));
    // Exclusive creation follows no link and overwrites nothing, whatever the name turns out to be.
    const handle = await open(path, 'wx', 0o600);
    try {
      for await (const chunk of content) await writeAll(handle, chunk);
    } catch (error) {
      await handle.close();
      throw error;
    }
    await this.#flushLater(this.#finish(handle, entry));
  }

  /** Waits for all files, then flushes the directories that name them. */
  async flush(): Promise<void> {
    await this.settle();
    if (this.#failure !== undefined) throw this.#failure;
    const left = [...this.#directories];
    const flushNext = async (): Promise<void> => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) await syncDirectory(next);
    };
    await Promise.all(Array.from({ length: flushesMax }, flushNext));
  }

  async settle(): Promise<void> {
    await Promise.all(this.#flushes);
  }

  async #makeDirectory(path: string): Promise<void> {
    if (this.#directories.has(path)) return;
    await this.#makeDirectory(dirname(path));
    await mkdir(path);
    // The mode given to mkdir would be narrowed by the umask of the agent.
    await chmod(path, directoryMode);
    this.#directories.add(path);
  }

  async #finish(handle: FileHandle, entry: AllowedEntry): Promise<void> {
    try {
      await handle.chmod(entry.executable ? 0o755 : 0o644);
      await handle.sync();
      const { size, mtimeMs } = await handle.stat();
      this.files.push([entry.path, size, mtimeMs]);
    } catch (error) {
      this.#failure ??= error;
    } finally {
      await handle.close();
    }
  }

  async #flushLater(flush: Promise<void>): Promise<void> {
    const tracked = flush.finally(() => this.#flushes.delete(tracked));
    this.#flushes.add(tracked);
    if (this.#flushes.size >= flushesMax) await Promise.race(this.#flushes);
    if (this.#failure !== undefined) throw this.#failure;
  }
}

async function writeAll(handle: FileHandle, chunk: Buffer): Promise<void> {
  let written = 0;
  while (written < chunk.length) {
    written += (await handle.write(chunk, written)).bytesWritten;
  }
}

export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
