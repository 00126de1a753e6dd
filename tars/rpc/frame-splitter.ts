/** Cuts a stream of bytes into frames: a length of 4 bytes that counts itself, then the packet (tars-contract §1.3). */

import { TarsierError } from '../../errors/tarsier-error.ts';

const LENGTH_BYTES = 4;
/** Smaller pieces are copied together, so that a peer that drips bytes costs no object for each. */
const SMALL_BYTES = 2_048;
const BLOCK_BYTES_MIN = 64;
const BLOCK_BYTES_MAX = 65_536;

/**
 * Memory follows what arrived, never what a length claims: at most twice the bytes that wait. A
 * frame that arrived in one piece is handed out as a view of it; any other is joined once.
 */
export class FrameSplitter {
  readonly #lengthMax: number;
  readonly #chunks: Uint8Array[] = [];
  /** How much of the first chunk was handed out. */
  #offset = 0;
  #waiting = 0;
  /** The length of the frame at the front, 0 while it is unknown. */
  #frameLength = 0;
  /** Where small pieces go: the last chunk is the filled part of it. */
  #block: Uint8Array | undefined;
  #blockUsed = 0;

  /** `lengthMax` counts the whole frame. */
  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax;
  }

  /** Bytes held for frames that were not handed out, with the room set aside for more. */
  get heldBytes(): number {
    return this.#waiting + (this.#block === undefined ? 0 : this.#block.length - this.#blockUsed);
  }

  /** Whether bytes wait; after `next` said `undefined`, they are the beginning of a frame. */
  get isPartial(): boolean {
    return this.#waiting > 0;
  }

  /** The splitter keeps `chunk`; it must not change afterwards. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (this.#waiting > 0 && chunk.length < SMALL_BYTES) this.#append(chunk);
    else {
      this.#chunks.push(chunk);
      this.#block = undefined;
    }
    this.#waiting += chunk.length;
  }

  /** The next packet without its length; `undefined` until all of it is here. Fails with `TARS_FRAME_LENGTH`. */
  next(): Uint8Array | undefined {
    if (this.#frameLength === 0) {
      if (this.#waiting < LENGTH_BYTES) return this.#releaseRead();
      this.#frameLength = this.#readLength();
    }
    if (this.#waiting < this.#frameLength) return this.#releaseRead();
    const frame = this.#take(this.#frameLength);
    this.#frameLength = 0;
    return frame.subarray(LENGTH_BYTES);
  }

  clear(): void {
    this.#chunks.length = 0;
    this.#offset = 0;
    this.#waiting = 0;
    this.#frameLength = 0;
    this.#block = undefined;
  }

  /** Copies a small rest of a large chunk, whose memory it would keep. */
  #releaseRead(): undefined {
    const first = this.#chunks[0];
    if (first === undefined || this.#offset <= first.length - this.#offset) return;
    this.#chunks[0] = new Uint8Array(first.subarray(this.#offset));
    this.#offset = 0;
    if (this.#chunks.length === 1) this.#block = undefined;
  }

  #readLength(): number {
    let length = 0;
    let chunk = 0;
    let at = this.#offset;
    for (let count = 0; count < LENGTH_BYTES; count += 1) {
      while (at >= (this.#chunks[chunk]?.length ?? 0)) {
        chunk += 1;
        at = 0;
      }
      length = length * 256 + (this.#chunks[chunk]?.[at] ?? 0);
      at += 1;
    }
    if (length > LENGTH_BYTES && length <= this.#lengthMax) return length;
    throw new TarsierError(
      'TARS_FRAME_LENGTH',
      `A frame claims ${length} bytes; ${LENGTH_BYTES + 1} to ${this.#lengthMax} are allowed.`,
      { details: { length, lengthMax: this.#lengthMax } },
    );
  }

  #take(length: number): Uint8Array {
    const first = this.#chunks[0];
    const end = this.#offset + length;
    let frame: Uint8Array;
    if (first !== undefined && end < first.length) {
      frame = first.subarray(this.#offset, end);
      this.#offset = end;
    } else if (first !== undefined && end === first.length) {
      frame = first.subarray(this.#offset, end);
      this.#dropFirst();
    } else {
      frame = this.#join(length);
    }
    this.#waiting -= length;
    return frame;
  }

  #join(length: number): Uint8Array {
    const frame = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const chunk = this.#chunks[0] ?? frame;
      const part = chunk.subarray(this.#offset, this.#offset + length - filled);
      frame.set(part, filled);
      filled += part.length;
      this.#offset += part.length;
      if (this.#offset === chunk.length) this.#dropFirst();
    }
    return frame;
  }

  #dropFirst(): void {
    this.#chunks.shift();
    this.#offset = 0;
    if (this.#chunks.length === 0) this.#block = undefined;
  }

  #append(chunk: Uint8Array): void {
    const block = this.#block;
    if (block !== undefined && block.length - this.#blockUsed >= chunk.length) {
      block.set(chunk, this.#blockUsed);
      this.#blockUsed += chunk.length;
      this.#chunks[this.#chunks.length - 1] = block.subarray(0, this.#blockUsed);
      return;
    }
    const size = Math.min(BLOCK_BYTES_MAX, Math.max(BLOCK_BYTES_MIN, this.#waiting));
    this.#block = new Uint8Array(Math.max(size, chunk.length));
    this.#block.set(chunk);
    this.#blockUsed = chunk.length;
    this.#chunks.push(this.#block.subarray(0, chunk.length));
  }
}
