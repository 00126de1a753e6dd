/**
 * A locator that opens once the registry knows what runs. Clients that cannot reach it go on with
 * the addresses they have; one that answered during a rebuild would say that others are gone.
 */

import { isRebuilding } from '../../registry/rebuild.ts';
import type { LocatorReplica } from './registry-lookups.ts';
import type { ControllerLocator } from './start-locator.ts';

export interface LateLocator {
  /** `undefined` while it is not open. */
  readonly port: number | undefined;
  close(): Promise<void>;
}

/** Opened before this returns, unless a rebuild is open; what fails later goes to `onError`. */
export async function openWhenKnown(
  replica: Pick<LocatorReplica, 'state' | 'subscribe'>,
  open: () => Promise<ControllerLocator | undefined>,
  onError: (error: unknown) => void,
): Promise<LateLocator> {
  let locator: ControllerLocator | undefined;
  let opening: Promise<void> | undefined;
  const begin = async () => {
    locator = await open();
  };
  const look = () => {
    if (opening === undefined && !isRebuilding(replica.state)) opening = begin().catch(onError);
  };
  const unsubscribe = isRebuilding(replica.state) ? replica.subscribe(look) : undefined;
  if (unsubscribe === undefined) await begin();
  return {
    get port() {
      return locator?.port;
    },
    async close() {
      unsubscribe?.();
      await opening;
      await locator?.close();
    },
  };
}
