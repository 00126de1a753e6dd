/** How long to wait before the next try, and which errors are worth one. */

import { setTimeout as delay } from 'node:timers/promises';
import { isTarsierError, type TarsierError } from '../../errors/tarsier-error.ts';

export interface RetryOptions {
  /** Ends the stream without an error. */
  readonly signal?: AbortSignal | undefined;
  /** Told before each pause. */
  readonly onRetry?: ((error: TarsierError | undefined, delayMs: number) => void) | undefined;
}

const delayMsMin = 250;
const delayMsMax = 10_000;

export class Backoff {
  readonly #options: RetryOptions;
  #tries = 0;

  constructor(options: RetryOptions) {
    this.#options = options;
  }

  /** Something came: the next failure is a first one again. */
  reset(): void {
    this.#tries = 0;
  }

  /** Waits, or throws the error when no later try could help. `false` when the signal ended it. */
  async pause(error: unknown): Promise<boolean> {
    const { signal, onRetry } = this.#options;
    if (signal?.aborted === true) return false;
    const known = error === undefined || isTarsierError(error) ? error : undefined;
    if (error !== undefined && known?.consequence !== 'transient') throw error;
    const fullMs = Math.min(delayMsMax, delayMsMin * 2 ** this.#tries);
    // Half of it by chance, so that many clients do not come back at once.
    const delayMs = Math.round(fullMs * (0.5 + Math.random() / 2));
    this.#tries += 1;
    onRetry?.(known, delayMs);
    try {
      await delay(delayMs, undefined, { ...(signal !== undefined && { signal }) });
      return true;
    } catch {
      return false;
    }
  }
}
