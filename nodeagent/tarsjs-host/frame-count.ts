/** Counts the TARS packets in a stream by their lengths alone, whatever pieces they come in. */

const LENGTH_BYTES = 4;
/** From the start of a frame to the type of its packet: length, version, type (tars-contract §1.3). */
const TYPE_AT = 6;
const INT8_TAG_2 = 0x20;
const ONE_WAY = 1;

export class FrameCount {
  /** Packets that are answered, or are answers. */
  total = 0;
  #head = 0;
  #headBytes = 0;
  #bodyBytes = 0;

  take(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#bodyBytes > 0) {
        const step = Math.min(this.#bodyBytes, chunk.length - at);
        this.#bodyBytes -= step;
        at += step;
        continue;
      }
      this.#head = this.#head * 256 + (chunk[at] ?? 0);
      this.#headBytes += 1;
      at += 1;
      if (this.#headBytes < LENGTH_BYTES) continue;
      this.#bodyBytes = Math.max(0, this.#head - LENGTH_BYTES);
      this.#head = 0;
      this.#headBytes = 0;
      if (!isOneWay(chunk, at - LENGTH_BYTES)) this.total += 1;
    }
  }
}

/** One whose first bytes are in two pieces counts as answered: then it is waited for. */
function isOneWay(chunk: Uint8Array, start: number): boolean {
  return chunk[start + TYPE_AT] === INT8_TAG_2 && chunk[start + TYPE_AT + 1] === ONE_WAY;
}
