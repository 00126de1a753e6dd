/** Writes large content so that other files of the same disk can be synced quickly meanwhile. */

import type { FileHandle } from 'node:fs/promises';

/**
 * So much is written and synced together. A sync of everything at the end would hold up every other
 * sync of the disk, and those of the log first. Measured with three writers beside small synced
 * writes: their p99 is 1 to 1.6 times that of an idle disk with 1 MiB, 1.8 to 2.5 times with 4 MiB.
 */
const pieceBytes = 1024 * 1024;

export class SyncingWriter {
  readonly #handle: FileHandle;
  #position: number;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  /** Goes on while the next piece is gathered and written. */
  #syncing: Promise<void> = Promise.resolve();

  /** Writes from `position` on. */
  constructor(handle: FileHandle, position: number) {
    this.#handle = handle;
    this.#position = position;
  }

  /** Keeps the chunk until enough is there for a write. */
  async add(chunk: Uint8Array): Promise<void> {
    this.#gathered.push(chunk);
    this.#gatheredBytes += chunk.length;
    if (this.#gatheredBytes < pieceBytes) return;
    await this.#write();
    await this.#syncing;
    const syncing = this.#handle.datasync();
    // Its failure is seen by whoever waits for it next.
    syncing.catch(() => undefined);
    this.#syncing = syncing;
  }

  /** Writes what is left, which the caller syncs. */
  async flush(): Promise<void> {
    await this.#write();
    await this.#syncing;
  }

  async #write(): Promise<void> {
    const piece = Buffer.concat(this.#gathered);
    this.#gathered = [];
    this.#gatheredBytes = 0;
    // A write may take only a part, as it does when the disk is about to be full.
    for (let start = 0; start < piece.length;) {
      const length = piece.length - start;
      const { bytesWritten } = await this.#handle.write(piece, start, length, this.#position);
      start += bytesWritten;
      this.#position += bytesWritten;
    }
  }
}
