/** What handlers and observers see of one connection of a TARS server. */

export interface ConnectionStats {
  requests: number;
  /** Replies handed to the connection; one-way requests have none. */
  replies: number;
  pushes: number;
}

export interface Push {
  /** Told as `TARS_FUNC` in the status, where C++ clients look for it. */
  readonly func?: string;
  readonly body?: Uint8Array;
  /** `_reconnect_` makes Go clients open a new connection. */
  readonly description?: string;
}

export interface TarsConnection {
  /** Without the prefix of an IPv4 address inside IPv6. */
  readonly peerAddress: string;
  readonly peerPort: number;
  readonly stats: Readonly<ConnectionStats>;
  /** Sends a packet that no request asked for: request id 0. `false` when the peer is gone. */
  push(push: Push): boolean;
  /** Called once; at once when the connection is closed already. */
  onClose(listener: () => void): void;
  /** Writes what is queued, then closes. */
  close(): void;
}
