/** Counts loads of one file by one service, which TARS answers with 429 when there are too many. */

const LOADS_MAX = 10;
const WINDOW_MS = 60_000;
/** Beyond it the key that was loaded longest ago is forgotten. */
const KEYS_MAX = 10_000;

export class LoadLimit {
  /** Moments of the loads within the window, oldest first; keys in the order of their last load. */
  readonly #loads = new Map<string, readonly number[]>();

  /** Whether this load is still allowed. A clock that was set back forgets what is to come. */
  admit(key: string, nowMs: number): boolean {
    const recent = (this.#loads.get(key) ?? []).filter(
      (at) => at > nowMs - WINDOW_MS && at <= nowMs,
    );
    const isAllowed = recent.length < LOADS_MAX;
    this.#loads.delete(key);
    this.#loads.set(key, isAllowed ? [...recent, nowMs] : recent);
    if (this.#loads.size > KEYS_MAX) this.#forgetOldest();
    return isAllowed;
  }

  #forgetOldest(): void {
    const oldest = this.#loads.keys().next();
    if (oldest.done !== true) this.#loads.delete(oldest.value);
  }
}
