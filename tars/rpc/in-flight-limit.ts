/** Bounds the requests whose answers are not ready, in number and in bytes, and wakes who waits for room. */

export class InFlightLimit {
  readonly #countMax: number;
  readonly #bytesMax: number;
  readonly #waiting = new Set<() => void>();
  #count = 0;
  #bytes = 0;

  constructor(countMax: number, bytesMax: number) {
    this.#countMax = countMax;
    this.#bytesMax = bytesMax;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Asked before a request is taken up, so the last one may exceed the bytes: one request always fits. */
  get isFull(): boolean {
    return this.#count >= this.#countMax || this.#bytes >= this.#bytesMax;
  }

  enter(bytes: number): void {
    this.#count += 1;
    this.#bytes += bytes;
  }

  /** Calls those who wait, longest first, as long as there is room. */
  leave(bytes: number): void {
    this.#count -= 1;
    this.#bytes -= bytes;
    for (const wake of this.#waiting) {
      if (this.isFull) return;
      this.#waiting.delete(wake);
      wake();
    }
  }

  /** Calls `wake` once, when there is room again; the same function waits only once. */
  whenRoom(wake: () => void): void {
    this.#waiting.add(wake);
  }
}
