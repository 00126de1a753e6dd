/** Follows what a member notes about its acknowledged appends. */

import { closeSync, openSync, readSync } from 'node:fs';
import type { Acknowledged } from './member-messages.ts';

const CHUNK_BYTES = 256 * 1024;

export class Acknowledgements {
  readonly #file: string;
  readonly #known: Acknowledged[] = [];
  #read = 0;
  #rest = '';

  constructor(file: string) {
    this.#file = file;
  }

  /** All so far, in the order in which they were heard. */
  get all(): readonly Acknowledged[] {
    const file = openSync(this.#file, 'a+');
    try {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      for (;;) {
        const length = readSync(file, chunk, 0, CHUNK_BYTES, this.#read);
        if (length === 0) return this.#known;
        this.#read += length;
        this.#take(chunk.toString('latin1', 0, length));
      }
    } finally {
      closeSync(file);
    }
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const [id = '', sequence, calledMs, heardMs] = line.split(' ');
      this.#known.push({
        id,
        sequence: Number(sequence),
        calledMs: Number(calledMs),
        heardMs: Number(heardMs),
      });
    }
  }
}
