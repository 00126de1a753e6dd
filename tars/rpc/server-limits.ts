/** What one server takes from its peers before it pauses or closes a connection. */

export interface ServerLimits {
  /** Length of a whole frame. */
  readonly frameBytesMax: number;
  readonly connectionsMax: number;
  /** Requests without an answer, and their bytes; at the limit the server stops reading. */
  readonly inFlightMaxPerConnection: number;
  readonly inFlightBytesMaxPerConnection: number;
  readonly inFlightMax: number;
  readonly inFlightBytesMax: number;
  /** Bytes of frames that began, requests in flight and unread replies; above it the largest holder is closed. */
  readonly bufferedBytesMax: number;
  /** Unread replies of one connection: from the first on nothing more is read, above the second it is closed. */
  readonly unreadBytesPause: number;
  readonly unreadBytesMax: number;
  /** How long a peer may leave replies unread. */
  readonly unreadMsMax: number;
  /** How long one frame may take to arrive. */
  readonly frameMsMax: number;
  /** How long a connection may be silent; 0 for ever, because TARS clients keep idle connections. */
  readonly idleMsMax: number;
  /** Lines about peers that a server logs in one second. */
  readonly logLinesPerSecondMax: number;
}

const MEGABYTE = 1024 * 1024;

export const defaultServerLimits: ServerLimits = {
  frameBytesMax: 10 * MEGABYTE,
  connectionsMax: 20_000,
  inFlightMaxPerConnection: 1_000,
  inFlightBytesMaxPerConnection: 16 * MEGABYTE,
  inFlightMax: 20_000,
  inFlightBytesMax: 64 * MEGABYTE,
  bufferedBytesMax: 256 * MEGABYTE,
  unreadBytesPause: MEGABYTE,
  unreadBytesMax: 32 * MEGABYTE,
  unreadMsMax: 30_000,
  frameMsMax: 60_000,
  idleMsMax: 0,
  logLinesPerSecondMax: 10,
};
