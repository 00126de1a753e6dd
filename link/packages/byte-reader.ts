/** Reads exact numbers of bytes from a stream of chunks, without holding more than one chunk. */

export class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);
  #ended = false;

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** At least one and at most `maxBytes` bytes; `undefined` at the end. */
  async some(maxBytes: number): Promise<Buffer | undefined> {
    while (this.#rest.length === 0) {
      if (this.#ended) return undefined;
      const next = await this.#source.next();
      if (next.done === true) {
        this.#ended = true;
        return undefined;
      }
      this.#rest = next.value;
    }
    const part = this.#rest.subarray(0, maxBytes);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }

  /** Exactly `bytes` bytes; fewer only when the stream ends before. */
  async exactly(bytes: number): Promise<Buffer> {
    const first = await this.some(bytes);
    if (first === undefined) return Buffer.alloc(0);
    if (first.length === bytes) return first;
    const parts = [first];
    let have = first.length;
    while (have < bytes) {
      const part = await this.some(bytes - have);
      if (part === undefined) break;
      parts.push(part);
      have += part.length;
    }
    return Buffer.concat(parts, have);
  }

  /** Lets the source clean up; nothing is read afterwards. */
  async close(): Promise<void> {
    this.#ended = true;
    this.#rest = Buffer.alloc(0);
    await this.#source.return?.();
  }
}
