/** Messages between members that may be lost, repeated or late: wake-ups, never facts. */

export interface Signals {
  publish(subject: string, payload: Uint8Array): void;
  /** Returns the unsubscriber. Members do not hear themselves. */
  subscribe(subject: string, listener: (payload: Uint8Array) => void): () => void;
}
