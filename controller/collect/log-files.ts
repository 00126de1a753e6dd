/** Remote logs of services as files, named as TARS names them, within a budget of the disk. */

import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

export interface LogFilesOptions {
  readonly folder: string;
  readonly bytesMax?: number;
}

/** What is removed at a time, so that removing is rare. */
const removedShare = 0.1;
const nameBytesMax = 255;
/** A file costs its blocks, and as much again as two folders of its own: many small ones fill a disk, too. */
const blockBytes = 4096;
const placeBytes = 2 * blockBytes;
/** A file stands where a folder has to be, or the other way round: it will not get better by itself. */
const inTheWay: ReadonlySet<unknown> = new Set([
  'EEXIST',
  'EISDIR',
  'ELOOP',
  'ENAMETOOLONG',
  'ENOTDIR',
]);

export class LogFiles {
  readonly #folder: string;
  readonly #bytesMax: number;
  #bytes: number;

  constructor(options: LogFilesOptions) {
    this.#folder = options.folder;
    this.#bytesMax = options.bytesMax ?? 2 * 1024 * 1024 * 1024;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#bytes = this.#files().reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * False: the name is none that a log may have, or cannot have beside the others. Lines come with
   * their line ends. Throws when the disk does not take them now.
   */
  append(name: string, lines: readonly string[]): boolean {
    if (!isLogName(name)) return false;
    const bytes = Buffer.from(lines.join(''));
    if (bytes.length === 0) return true;
    const descriptor = openForAppend(join(this.#folder, name));
    if (descriptor === undefined) return false;
    try {
      const { size } = fstatSync(descriptor);
      for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
      this.#bytes += costOf(size + bytes.length) - (size === 0 ? 0 : costOf(size));
    } finally {
      closeSync(descriptor);
    }
    if (this.#bytes > this.#bytesMax) this.#removeOldest();
    return true;
  }

  #removeOldest(): void {
    const files = this.#files().toSorted((left, right) => left.changedAt - right.changedAt);
    this.#bytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { path, bytes } of files) {
      if (this.#bytes <= this.#bytesMax * (1 - removedShare)) return;
      rmSync(path, { force: true });
      this.#bytes -= bytes;
      this.#removeEmptyFolders(dirname(path));
    }
  }

  #removeEmptyFolders(innermost: string): void {
    try {
      for (let folder = innermost; folder !== this.#folder; folder = dirname(folder)) {
        rmdirSync(folder);
      }
    } catch {
      // There is something in it still.
    }
  }

  #files(): { readonly path: string; readonly bytes: number; readonly changedAt: number }[] {
    return readdirSync(this.#folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        const { size, mtimeMs } = statSync(path);
        return { path, bytes: costOf(size), changedAt: mtimeMs };
      });
  }
}

function openForAppend(path: string): number | undefined {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  } catch (error) {
    if (inTheWay.has((error as NodeJS.ErrnoException).code)) return undefined;
    throw error;
  }
}

function costOf(sizeBytes: number): number {
  return Math.ceil(sizeBytes / blockBytes) * blockBytes + placeBytes;
}

/** `App/Server/file` or `App/set/Server/file`: plain names, none of which begins with a dot. */
function isLogName(name: string): boolean {
  const parts = name.split('/');
  const isPlain = parts.every(
    (part) =>
      Buffer.byteLength(part) <= nameBytesMax && /^(?!\.)[^\p{C}\p{Z}/\\:*?"<>|%]+$/u.test(part),
  );
  return isPlain && (parts.length === 3 || parts.length === 4);
}
