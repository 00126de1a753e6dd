/** The durable log that every replicated state machine reads from: what a driver must provide. */

/** One acknowledged command. `hash` chains it to the entry before it. */
export interface LogEntry {
  /** 1, 2, 3, … without gaps. */
  readonly sequence: number;
  /** Chosen by the proposer; a second append with the same id returns the first one's sequence. */
  readonly commandId: string;
  readonly payload: Uint8Array;
  /** SHA-256 over (hash of the entry before, sequence, command id, payload), lower-case hex. */
  readonly hash: string;
}

export interface AppendRequest {
  readonly commandId: string;
  readonly payload: Uint8Array;
  /** Compare-and-set: append only if the head is at this sequence; else `STALE_SEQUENCE`. */
  readonly expectedSequence?: number;
}

export interface AppendResult {
  readonly sequence: number;
  /** True when the command id was in the log already; nothing was appended. */
  readonly duplicate: boolean;
}

export interface LogHead {
  /** 0 for an empty log. */
  readonly sequence: number;
  readonly hash: string;
  /** The lowest sequence that can still be read; 1 for a log that was never trimmed. */
  readonly first: number;
}

export interface Log {
  /**
   * Resolves after the entry is on stable storage (fsync), in the order of the calls. After a
   * transient failure the entry may or may not be in the log: append again with the same id. The
   * payload must not change before the promise settles.
   */
  append(request: AppendRequest): Promise<AppendResult>;
  /**
   * Entries with `sequence >= from`, at most `limit`, chain verified; `LOG_DAMAGED` otherwise.
   * `LOG_TRIMMED` when `from` is below `head().first`. A copy may answer that is behind for a moment
   * and lacks the newest entries; `head` knows of all that was acknowledged.
   */
  read(from: number, limit: number): Promise<readonly LogEntry[]>;
  head(): Promise<LogHead>;
  /**
   * Forgets entries with `sequence < before`, and their command ids; the newest entry always stays.
   * The chain is verified from the kept hash on.
   */
  trim(before: number): Promise<void>;
  /** Called after entries became durable, with the newest sequence. Returns the unsubscriber. */
  subscribe(listener: (sequence: number) => void): () => void;
  close(): Promise<void>;
}
