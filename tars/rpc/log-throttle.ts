/** Lets a few log lines of a second through and counts the rest, so that no flood of peers fills the log. */

const SECOND_MS = 1_000;

export class LogThrottle {
  readonly #linesPerSecondMax: number;
  #secondBegan = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #suppressed = 0;

  constructor(linesPerSecondMax: number) {
    this.#linesPerSecondMax = linesPerSecondMax;
  }

  /** `undefined`: write nothing. Otherwise how many lines were left out before this one. */
  admit(nowMs: number): number | undefined {
    if (nowMs - this.#secondBegan >= SECOND_MS) {
      this.#secondBegan = nowMs;
      this.#lines = 0;
    }
    if (this.#lines >= this.#linesPerSecondMax) {
      this.#suppressed += 1;
      return undefined;
    }
    this.#lines += 1;
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    return suppressed;
  }
}
