/** Runs work of one key once, however many ask for it; it is cancelled when nobody waits any more. */

interface Running<T, P> {
  readonly promise: Promise<T>;
  readonly abort: AbortController;
  readonly listeners: Set<(progress: P) => void>;
  waiters: number;
}

export interface Waiter<P> {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: P) => void) | undefined;
}

/** Must stop soon after `signal` is aborted, and leave nothing behind then. */
export type Work<T, P> = (signal: AbortSignal, onProgress: (progress: P) => void) => Promise<T>;

export class SharedWork<T, P> {
  readonly #running = new Map<string, Running<T, P>>();

  /** Whoever is the last to give up waits until the work has cleaned up. */
  async run(key: string, waiter: Waiter<P>, work: Work<T, P>): Promise<T> {
    waiter.signal?.throwIfAborted();
    let running = this.#running.get(key);
    // Work that was given up may still be cleaning up; new work begins behind it.
    while (running?.abort.signal.aborted === true) {
      await Promise.allSettled([running.promise]);
      running = this.#running.get(key);
    }
    // Nothing is awaited between looking and starting: two callers never both start.
    running ??= this.#start(key, work);
    running.waiters += 1;
    if (waiter.onProgress !== undefined) running.listeners.add(waiter.onProgress);
    try {
      return await untilAborted(running.promise, waiter.signal);
    } finally {
      running.waiters -= 1;
      if (waiter.onProgress !== undefined) running.listeners.delete(waiter.onProgress);
      if (running.waiters === 0) {
        running.abort.abort();
        await Promise.allSettled([running.promise]);
      }
    }
  }

  #start(key: string, work: Work<T, P>): Running<T, P> {
    const abort = new AbortController();
    const listeners = new Set<(progress: P) => void>();
    const promise = work(abort.signal, (progress) => {
      for (const listener of listeners) listener(progress);
    }).finally(() => this.#running.delete(key));
    const running = { promise, abort, listeners, waiters: 0 };
    this.#running.set(key, running);
    return running;
  }
}

async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
