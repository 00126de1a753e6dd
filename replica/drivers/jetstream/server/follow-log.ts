/**
 * Passes on what a server writes to its log. A file and not a pipe: a server whose pipe has lost its
 * reader dies with the next line, and the engine is to outlive a controller that is killed.
 */

import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

const lookEveryMs = 200;
const chunkBytes = 64 * 1024;
/** A line without an end is passed on in parts of this size. */
const lineCharsMax = 16 * 1024;

export interface LogFollower {
  /** Reads what is there by now; call it when the server ended. */
  readRest(): void;
  stop(): void;
}

/** Follows `file` from its present end, also through the renaming that turns it over. */
export function followLog(file: string, onLine: (line: string) => void): LogFollower {
  const state = new FollowedFile(file, onLine);
  state.openAtEnd();
  const timer = setInterval(() => state.readNew(), lookEveryMs);
  timer.unref();
  return {
    readRest: () => state.readNew(),
    stop() {
      clearInterval(timer);
      state.close();
    },
  };
}

class FollowedFile {
  readonly #file: string;
  readonly #onLine: (line: string) => void;
  readonly #buffer = Buffer.alloc(chunkBytes);
  #decoder = new StringDecoder('utf8');
  #descriptor: number | undefined;
  #position = 0;
  #partial = '';

  constructor(file: string, onLine: (line: string) => void) {
    this.#file = file;
    this.#onLine = onLine;
  }

  openAtEnd(): void {
    this.#open();
    if (this.#descriptor !== undefined) this.#position = fstatSync(this.#descriptor).size;
  }

  readNew(): void {
    if (this.#descriptor === undefined) this.#open();
    if (this.#descriptor === undefined) return;
    this.#readToEnd(this.#descriptor);
    if (!this.#wasTurnedOver(this.#descriptor)) return;
    // Written between the last read and the renaming.
    this.#readToEnd(this.#descriptor);
    this.close();
    this.#open();
    if (this.#descriptor !== undefined) this.#readToEnd(this.#descriptor);
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #open(): void {
    try {
      this.#descriptor = openSync(this.#file, 'r');
    } catch {
      return; // Not there yet: the next look tries again.
    }
    this.#position = 0;
    this.#partial = '';
    this.#decoder = new StringDecoder('utf8');
  }

  #wasTurnedOver(descriptor: number): boolean {
    const now = statSync(this.#file, { throwIfNoEntry: false });
    return now !== undefined && now.ino !== fstatSync(descriptor).ino;
  }

  #readToEnd(descriptor: number): void {
    for (;;) {
      const count = readSync(descriptor, this.#buffer, 0, chunkBytes, this.#position);
      if (count === 0) return;
      this.#position += count;
      this.#take(this.#decoder.write(this.#buffer.subarray(0, count)));
    }
  }

  #take(text: string): void {
    const lines = (this.#partial + text).split('\n');
    this.#partial = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') this.#onLine(line);
    if (this.#partial.length <= lineCharsMax) return;
    this.#onLine(this.#partial);
    this.#partial = '';
  }
}
