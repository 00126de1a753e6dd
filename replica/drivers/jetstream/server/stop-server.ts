/** Ends a server in the order that costs the others least: leaders first, then clients, then itself. */

import { setTimeout as delay } from 'node:timers/promises';
import { isRunning, signalServer, type ServerProcess } from './process-table.ts';

export interface StopBounds {
  /** For handing its leaderships over and closing its files. */
  readonly lameDuckMs: number;
  /** For ending when it is told to. */
  readonly endMs: number;
}

/** Handing over takes one second, and one more for each client that is still connected. */
export const stopBoundsDefault: StopBounds = { lameDuckMs: 12_000, endMs: 5_000 };
/** One that is alone has nobody to hand over to. */
export const stopBoundsAlone: StopBounds = { lameDuckMs: 0, endMs: 5_000 };

const askAgainMs = 1_000;

/** How it had to be ended; `undefined` when even the kernel could not (a disk that hangs). */
export type StopKind = 'handed over' | 'told to end' | 'killed';

/** Safe to repeat. */
export async function stopServer(
  server: ServerProcess,
  bounds: StopBounds = stopBoundsDefault,
): Promise<StopKind | undefined> {
  if (bounds.lameDuckMs > 0 && (await handsOver(server, bounds.lameDuckMs))) return 'handed over';
  // In lame duck mode it ignores SIGTERM, and obeys SIGINT.
  signalServer(server, 'SIGINT');
  if (await hasEnded(server, bounds.endMs)) return 'told to end';
  signalServer(server, 'SIGKILL');
  return (await hasEnded(server, bounds.endMs)) ? 'killed' : undefined;
}

/** Lame duck mode: leaders of streams step down, then JetStream closes, then clients are let go. */
async function handsOver(server: ServerProcess, boundMs: number): Promise<boolean> {
  const deadline = performance.now() + boundMs;
  do {
    // Asked before it listens, it does nothing; asked twice, it does no more than once.
    signalServer(server, 'SIGUSR2');
    if (await hasEnded(server, askAgainMs)) return true;
  } while (performance.now() < deadline);
  return false;
}

async function hasEnded(server: ServerProcess, boundMs: number): Promise<boolean> {
  const deadline = performance.now() + boundMs;
  while (isRunning(server)) {
    if (performance.now() > deadline) return false;
    await delay(20);
  }
  return true;
}
