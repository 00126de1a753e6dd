/** Cuts a stream of chunks into the blocks that tar is made of, holding little more than one chunk. */

import { refusal } from './archive-entries.ts';

export const blockBytes = 512;

export class BlockReader {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);
  /** What comes behind `rest`. */
  #later: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** One block; at once when it is there already, because most archives are many small files. */
  one(): Buffer | Promise<Buffer> {
    return this.#rest.length >= blockBytes ? this.#take(blockBytes) : this.atMost(blockBytes);
  }

  /** Whole blocks: at least one, and at most `bytesMax`, which is a multiple of the block. */
  async atMost(bytesMax: number): Promise<Buffer> {
    await this.#have(blockBytes);
    return this.#take(Math.min(bytesMax, this.#rest.length - (this.#rest.length % blockBytes)));
  }

  async exactly(bytes: number): Promise<Buffer> {
    await this.#have(bytes);
    return this.#take(bytes);
  }

  /** Refuses anything but zeros until the end; reads them, so that gzip verifies its checksum. */
  async onlyZeros(): Promise<void> {
    do {
      if (this.#rest.some((byte) => byte !== 0)) {
        throw refusal('ARCHIVE_DAMAGED', 'There are bytes behind its end.');
      }
      this.#rest = this.#rest.subarray(this.#rest.length);
    } while (await this.#more());
  }

  /** Lets the source clean up; nothing is read afterwards. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  #take(bytes: number): Buffer {
    const taken = this.#rest.subarray(0, bytes);
    this.#rest = this.#rest.subarray(bytes);
    return taken;
  }

  async #have(bytes: number): Promise<void> {
    while (this.#rest.length < bytes) if (!(await this.#more())) throw truncated();
  }

  async #more(): Promise<boolean> {
    if (this.#later.length === 0) {
      const next = await this.#source.next();
      if (next.done === true) return false;
      this.#later = next.value;
    }
    // Chunks begin anywhere: only what completes a block is copied, not the whole chunk.
    const begun = this.#rest.length % blockBytes;
    const part = begun === 0 ? this.#later : this.#later.subarray(0, blockBytes - begun);
    this.#later = this.#later.subarray(part.length);
    this.#rest = this.#rest.length === 0 ? part : Buffer.concat([this.#rest, part]);
    return true;
  }
}

export function truncated(): Error {
  return refusal('ARCHIVE_DAMAGED', 'It ends too early.');
}
