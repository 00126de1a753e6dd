/** Decides whether a peer is dead, and never blames it for a pause of our own process. */

export interface PeerWatchOptions {
  readonly deadAfterMs: number;
  /** A monotonic clock. */
  readonly nowMs: () => number;
}

export class PeerWatch {
  readonly #options: PeerWatchOptions;
  #heardAtMs: number;
  #checkedAtMs: number;
  #bytesRead = 0;

  constructor(options: PeerWatchOptions) {
    this.#options = options;
    this.#heardAtMs = options.nowMs();
    this.#checkedAtMs = this.#heardAtMs;
  }

  heard(): void {
    this.#heardAtMs = this.#options.nowMs();
  }

  get silentMs(): number {
    return this.#options.nowMs() - this.#heardAtMs;
  }

  /**
   * Call it about every heartbeat. `bytesRead` of the socket: part of a large message is a sign
   * of life too. A long gap between two calls means that this process was stopped or overloaded:
   * what the peer sent meanwhile was not read yet, so its time starts anew.
   */
  isDead(bytesRead: number): boolean {
    const nowMs = this.#options.nowMs();
    const wePaused = nowMs - this.#checkedAtMs > this.#options.deadAfterMs / 2;
    this.#checkedAtMs = nowMs;
    if (wePaused || bytesRead !== this.#bytesRead) this.#heardAtMs = nowMs;
    this.#bytesRead = bytesRead;
    return this.silentMs > this.#options.deadAfterMs;
  }
}
