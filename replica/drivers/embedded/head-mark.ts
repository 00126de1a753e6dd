/**
 * Remembers, beside the database, up to where entries were acknowledged. SQLite ends its recovery
 * at the first damaged frame of its write-ahead log without a word; the mark shows that loss.
 */

import { hash } from 'node:crypto';
import { closeSync, constants, fsyncSync, openSync, readSync, writeSync } from 'node:fs';

export interface Mark {
  readonly sequence: number;
  readonly hash: string;
}

/** Two slots in different sectors, written in turn: a torn write leaves the other one whole. */
const SLOT_SPACING_BYTES = 4096;
const SLOT_BYTES = 160;

function checksum(text: string): string {
  return hash('sha256', text).slice(0, 16);
}

function encodeMark(mark: Mark): Buffer {
  const text = `${mark.sequence} ${mark.hash}`;
  return Buffer.from(`${text} ${checksum(text)}\n`.padEnd(SLOT_BYTES, ' '));
}

function decodeMark(bytes: Buffer): Mark | undefined {
  const [sequence, markHash, sum] = bytes.toString('latin1').trim().split(' ');
  if (sum === undefined || checksum(`${sequence} ${markHash}`) !== sum) return undefined;
  return { sequence: Number(sequence), hash: markHash ?? '' };
}

export class HeadMark {
  readonly #fd: number;
  #slot = 0;

  constructor(file: string) {
    this.#fd = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600);
  }

  /** The newest readable mark; `undefined` when the file is new or neither slot can be read. */
  read(): Mark | undefined {
    const marks = [0, 1].map((slot) => {
      const bytes = Buffer.alloc(SLOT_BYTES);
      readSync(this.#fd, bytes, 0, SLOT_BYTES, slot * SLOT_SPACING_BYTES);
      return decodeMark(bytes);
    });
    const [first, second] = marks;
    if (first === undefined || second === undefined) return first ?? second;
    return first.sequence >= second.sequence ? first : second;
  }

  /**
   * Not synced: a process may die at any instant after this, and after a power loss an older mark
   * is still true, because entries are synced before they are marked.
   */
  write(mark: Mark): void {
    writeSync(this.#fd, encodeMark(mark), 0, SLOT_BYTES, this.#slot * SLOT_SPACING_BYTES);
    this.#slot = 1 - this.#slot;
  }

  sync(): void {
    fsyncSync(this.#fd);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
