/** What the log needs of a stream that is replicated by majority: the port that NATS JetStream fills. */

/** One message, and no other: a sequence alone may be given again after the engine lost messages. */
export interface MessagePlace {
  /** Grows from message to message, with gaps where messages were deleted; 0 before the first. */
  readonly streamSequence: number;
  /** '' for none, and for one that is not kept. */
  readonly id: string;
}

export interface StoredMessage extends MessagePlace {
  readonly payload: Uint8Array;
}

export type PublishOutcome =
  /** On stable storage of a majority; `duplicate` when it was stored by an earlier attempt. */
  | { readonly kind: 'stored'; readonly streamSequence: number; readonly duplicate: boolean }
  /** The stream does not end where it was expected to: nothing was stored. */
  | { readonly kind: 'stale' }
  /** Nobody can say: it may be stored, or come to be stored later. */
  | { readonly kind: 'unknown'; readonly cause: unknown };

export interface StreamState {
  /** Of the newest message that was ever stored; 0 for none. */
  readonly last: number;
  /** Missing between the first and the last message. */
  readonly deleted: number;
}

/** All but `publish` reject with `LOG_UNAVAILABLE` while there is no majority. */
export interface LogStream {
  /** The largest message that is taken. */
  readonly messageBytesMax: number;
  /** Stores the message if the stream ends with `expectedLast`. Never rejects. */
  publish(
    payload: Uint8Array,
    options: { readonly expectedLast: MessagePlace; readonly id: string },
  ): Promise<PublishOutcome>;
  /** As the leader knows it; without an id when the last message is not kept. */
  last(): Promise<MessagePlace>;
  /** The first message at or behind the sequence, as the leader knows it. */
  next(streamSequence: number): Promise<StoredMessage | undefined>;
  /**
   * Messages from `from` to `to`, in order; those that are missing are left out. May end early. The
   * last one is as the leader has it; those before it are only if each one names the one before.
   */
  read(from: number, to: number): Promise<readonly StoredMessage[]>;
  /** As `read`, every message as the leader has it; slower. */
  readFromLeader(from: number, to: number): Promise<readonly StoredMessage[]>;
  state(): Promise<StreamState>;
  /** Forgets all messages below the sequence. */
  forgetBefore(streamSequence: number): Promise<void>;
}
