/** Remote logs of services as files, named as TARS names them, within a budget of the disk. */

import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
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

  /** Of all files. */
  get bytes(): number {
    return this.#bytes;
  }

  /** False: the name is none that a log may have. Lines come with their line ends. */
  append(name: string, lines: readonly string[]): boolean {
    if (!isLogName(name)) return false;
    const path = join(this.#folder, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
    const descriptor = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
    const bytes = Buffer.from(lines.join(''));
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
    } finally {
      closeSync(descriptor);
    }
    this.#bytes += bytes.length;
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
    }
  }

  #files(): { readonly path: string; readonly bytes: number; readonly changedAt: number }[] {
    return readdirSync(this.#folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        const { size, mtimeMs } = statSync(path);
        return { path, bytes: size, changedAt: mtimeMs };
      });
  }
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
