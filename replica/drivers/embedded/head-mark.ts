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

  /** The newest readable mark, or why there is none. */
  read(): Mark | 'empty' | 'unreadable' {
    const bytes = Buffer.alloc(SLOT_SPACING_BYTES + SLOT_BYTES);
    readSync(this.#fd, bytes, 0, bytes.length, 0);
    const marks = [0, SLOT_SPACING_BYTES]
      .map((start) => decodeMark(bytes.subarray(start, start + SLOT_BYTES)))
      .filter((mark) => mark !== undefined)
      .toSorted((a, b) => b.sequence - a.sequence);
    return marks[0] ?? (bytes.every((byte) => byte === 0) ? 'empty' : 'unreadable');
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
