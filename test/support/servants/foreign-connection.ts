/** A connection from a machine that this one is not, which loopback cannot play. */

import type { TarsConnection } from '../../../tars/rpc/tars-connection.ts';

export function foreignConnection(peerAddress: string): TarsConnection {
  return {
    peerAddress,
    peerPort: 40_000,
    stats: { requests: 0, replies: 0, pushes: 0 },
    push: () => true,
    onClose: () => undefined,
    close: () => undefined,
  };
}
