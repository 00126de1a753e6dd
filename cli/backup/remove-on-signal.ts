/** Removes what is not whole when the person or the supervisor stops the command. */

import { rmSync } from 'node:fs';

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Returns the function that ends the watch. */
export function removeOnSignal(path: string): () => void {
  const handlers = Object.entries(exitCodes).map(([signal, exitCode]) => {
    const onSignal = () => {
      rmSync(path, { recursive: true, force: true });
      process.exit(exitCode);
    };
    process.once(signal, onSignal);
    return [signal, onSignal] as const;
  });
  return () => {
    for (const [signal, onSignal] of handlers) process.removeListener(signal, onSignal);
  };
}
