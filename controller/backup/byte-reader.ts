/** Takes bytes from a stream in the portions that a parser wants. */

export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Exactly `sizeBytes`; `undefined` when the stream ends before. */
  async take(sizeBytes: number): Promise<Buffer | undefined> {
    const taken = Buffer.alloc(sizeBytes);
    for (let end = 0; end < sizeBytes;) {
      const some = await this.takeSome(sizeBytes - end);
      if (some === undefined) return undefined;
      taken.set(some, end);
      end += some.length;
    }
    return taken;
  }

  /** At least one byte, at most `bytesMax`; `undefined` at the end. */
  async takeSome(bytesMax: number): Promise<Uint8Array | undefined> {
    if (!(await this.#fill())) return undefined;
    const some = this.#rest.subarray(0, bytesMax);
    this.#rest = this.#rest.subarray(some.length);
    return some;
  }

  async isAtEnd(): Promise<boolean> {
    return !(await this.#fill());
  }

  /** Lets go of the stream, read to its end or not. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #fill(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return false;
      this.#rest = next.value;
    }
    return true;
  }
}
