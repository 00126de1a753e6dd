/** The clocks of the link, with their defaults. */

export interface LinkTiming {
  /** Both sides give a sign of life this often. */
  readonly heartbeatMs: number;
  /** A peer that is silent for longer is dead. */
  readonly deadAfterMs: number;
  /** An attempt to connect, up to the welcome, takes no longer. */
  readonly connectTimeoutMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  readonly refusedRetryMinMs: number;
  readonly refusedRetryMaxMs: number;
}

export const defaultLinkTiming: LinkTiming = {
  heartbeatMs: 1_000,
  deadAfterMs: 5_000,
  connectTimeoutMs: 15_000,
  retryMinMs: 200,
  retryMaxMs: 10_000,
  refusedRetryMinMs: 1_000,
  refusedRetryMaxMs: 30_000,
};
