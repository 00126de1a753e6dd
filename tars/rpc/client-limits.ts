/** How long a TARS client waits, and what it takes from a server. */

export interface ClientLimits {
  readonly connectTimeoutMs: number;
  /** Unless the call says otherwise. */
  readonly callTimeoutMs: number;
  /** Length of a whole frame. */
  readonly frameBytesMax: number;
  /** Calls without a reply on one connection. */
  readonly inFlightMax: number;
  /** Requests that the server of one connection has not read. */
  readonly unsentBytesMax: number;
}

const MEGABYTE = 1024 * 1024;

export const defaultClientLimits: ClientLimits = {
  connectTimeoutMs: 3_000,
  callTimeoutMs: 3_000,
  frameBytesMax: 10 * MEGABYTE,
  inFlightMax: 10_000,
  unsentBytesMax: 32 * MEGABYTE,
};
