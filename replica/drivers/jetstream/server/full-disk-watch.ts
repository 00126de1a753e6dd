/**
 * Notices that the disk of a server was full, and has room again. `nats-server` gives JetStream up on
 * a full disk, and does not take it up again by itself: until it is started anew it takes part in
 * nothing, and one more member that fails is one too many.
 */

import { statfs } from 'node:fs/promises';

const LOOK_EVERY_MS = 1_000;
/** With less, the next block of a stream does not fit, nor the line that says so. */
const FULL_BYTES = 64 * 1024;
/** Enough to start with. */
const ROOM_BYTES = 32 * 2 ** 20;
const gaveUp = /JetStream out of resources|no space left on device/i;

export class FullDiskWatch {
  readonly #folder: string;
  readonly #onRoomAgain: () => void;
  readonly #timer: NodeJS.Timeout;
  #wasFull = false;

  constructor(folder: string, onRoomAgain: () => void) {
    this.#folder = folder;
    this.#onRoomAgain = onRoomAgain;
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** A line of the log of the server. */
  hear(line: string): void {
    this.#wasFull ||= gaveUp.test(line);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const disk = await statfs(this.#folder).catch(() => undefined);
    if (disk === undefined) return;
    const freeBytes = disk.bavail * disk.bsize;
    if (freeBytes < FULL_BYTES) this.#wasFull = true;
    if (!this.#wasFull || freeBytes < ROOM_BYTES) return;
    this.#wasFull = false;
    this.#onRoomAgain();
  }
}
