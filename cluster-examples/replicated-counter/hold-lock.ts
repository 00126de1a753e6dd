/** Holds a lock for a client of this process, for as long as the client stays connected. */

import { randomUUID } from 'node:crypto';
import { keepLease, type Replica } from '../../replica/main.ts';
import type { ServiceCommand, ServiceResult, ServiceState } from './counter-machine.ts';

export type Service = Replica<ServiceState, ServiceCommand, ServiceResult>;

const DURATION_MS = 5_000;

/**
 * Tells the fencing token when the lock is gained, and `undefined` when it is lost. Resolves when
 * `signal` aborted and the lock is free again. If this process dies, the lock passes on after its
 * duration.
 */
export function holdLock(
  service: Service,
  name: string,
  onChange: (token: number | undefined) => void,
  signal: AbortSignal,
): Promise<void> {
  // Nobody continues the lease of somebody else, also not of a process of the same name.
  const holder = randomUUID();
  return keepLease(
    { name, holder, durationMs: DURATION_MS },
    {
      read: () => service.state.locks.leases.get(name),
      async propose(lease) {
        const { result } = await service.propose({ type: 'lock', lease });
        if (result.type !== 'lock') throw new Error('the result is that of another command');
        return result.lease;
      },
      subscribe: (listener) => service.subscribe(listener),
      onChange,
    },
    signal,
  );
}
