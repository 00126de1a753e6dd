/** A state machine behind a log: what its users see. */

/** The user's part: deterministic, no clock, no randomness. */
export interface StateMachine<State, Command, Result> {
  initial(): State;
  /** May change `state` in place; must give the same result for the same input on every member. */
  apply(state: State, command: Command, sequence: number): Result;
  encodeCommand(command: Command): Uint8Array;
  decodeCommand(bytes: Uint8Array): Command;
  encodeState(state: State): Uint8Array;
  decodeState(bytes: Uint8Array): State;
}

export interface Applied<Command, Result> {
  readonly sequence: number;
  readonly command: Command;
  readonly result: Result;
}

export interface ProposeOptions {
  /** For retries: the same id is applied once. A random one by default. */
  readonly commandId?: string;
  /** Compare-and-set against the log's head. */
  readonly expectedSequence?: number;
}

/** A whole state, and the position in the log that it is the state of. */
export interface CapturedState {
  readonly sequence: number;
  /** Of the entry at `sequence`. */
  readonly hash: string;
  /** As `encodeState` gives it. */
  readonly state: Uint8Array;
}

export interface Replica<State, Command, Result> {
  /** The state after `sequence` commands. Owned by the replica: read it, never change it. */
  readonly state: State;
  readonly sequence: number;
  /**
   * Resolves when the command is durable and applied here. Transient failures of the log are retried
   * under the same command id; the error that remains carries it as `details.commandId`, so that the
   * caller can go on with it. `STALE_SEQUENCE` when `expectedSequence` is not the head.
   * `COMMAND_RESULT_FORGOTTEN` when the id was applied so long ago that its result is gone.
   */
  propose(command: Command, options?: ProposeOptions): Promise<Applied<Command, Result>>;
  /** Called in order for every command that is applied from now on. Returns the unsubscriber. */
  subscribe(listener: (applied: Applied<Command, Result>) => void): () => void;
  /** Resolves when `sequence` is applied. */
  waitFor(sequence: number): Promise<void>;
  /**
   * Resolves when everything that was acknowledged anywhere before this call is applied here, with
   * the sequence reached. Reading `state` right after it is a linearizable read.
   */
  catchUp(): Promise<number>;
  /** The state of one exact sequence, for a backup; writes nothing. */
  capture(): Promise<CapturedState>;
  /** Writes a snapshot and trims the log behind it. */
  snapshot(): Promise<void>;
  /** Stops applying. Log and blobs stay open: they belong to the caller. */
  close(): Promise<void>;
}
