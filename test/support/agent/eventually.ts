/** Waits for a condition with a deadline; a sleep proves nothing. */

import { setTimeout as delay } from 'node:timers/promises';

/** Resolves to the first value that is neither `undefined` nor `false`; `describe` is for the failure. */
export async function eventually<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  describe: () => string = () => 'the condition did not come true',
  timeoutMs = 10_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`after ${timeoutMs} ms: ${describe()}`);
    await delay(10);
  }
}
