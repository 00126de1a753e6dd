/** One JetStream stream as the log needs it. Everything that must be true is asked of the leader. */

import {
  JetStreamApiCodes,
  JetStreamApiError,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type JetStreamClient,
  type JetStreamManager,
  type StoredMsg,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { logUnavailable } from './log-unavailable.ts';
import type {
  LogStream,
  MessagePlace,
  PublishOutcome,
  StoredMessage,
  StreamState,
} from './log-stream.ts';

export interface NatsStreamOptions {
  readonly connection: NatsConnection;
  /** Letters, digits, `-` and `_`. */
  readonly name: string;
  /** How many servers keep each message, when the stream is made. */
  readonly replicas: number;
}

const REQUEST_TIMEOUT_MS = 1_500;
const READ_MESSAGES = 500;
/** Questions to the leader at the same time. */
const LEADER_READS = 64;
const READ_BYTES = 16 * 2 ** 20;
/** Repeated messages are noticed for so long; whatever comes later is noticed by its place. */
/** Not heard by the leader of the stream for so long. */
const SILENT_NS = 5e9;
const DUPLICATE_WINDOW_NS = 120e9;
const staleCodes: ReadonlySet<number> = new Set([
  JetStreamApiCodes.StreamWrongLastSequence,
  JetStreamApiCodes.StreamWrongLastSequenceUnknown,
]);

/** Makes the stream if it is not there. `LOG_UNAVAILABLE` while the servers have no majority. */
export async function openNatsStream(options: NatsStreamOptions): Promise<NatsStream> {
  const { connection, name } = options;
  try {
    const manager = await jetstreamManager(connection, { timeout: REQUEST_TIMEOUT_MS });
    const stream = new NatsStream(options, manager);
    await stream.ensure();
    return stream;
  } catch (error) {
    throw logUnavailable(`open the stream ${name}`, error);
  }
}

export interface StreamCopies {
  /** `undefined` while there is none. */
  readonly leader: string | undefined;
  readonly others: readonly {
    readonly member: string;
    readonly isOnline: boolean;
    /** Messages that it is behind. */
    readonly lag: number;
  }[];
}

export class NatsStream implements LogStream {
  readonly #name: string;
  readonly #replicas: number;
  readonly #manager: JetStreamManager;
  readonly #client: JetStreamClient;
  readonly #serverName: string | undefined;
  readonly messageBytesMax: number;

  constructor({ connection, name, replicas }: NatsStreamOptions, manager: JetStreamManager) {
    this.#name = name;
    this.#replicas = replicas;
    this.#manager = manager;
    this.#client = jetstream(connection, { timeout: REQUEST_TIMEOUT_MS });
    this.#serverName = connection.info?.server_name;
    this.messageBytesMax = connection.info?.max_payload ?? 2 ** 20;
  }

  /** Safe to repeat and to race: all members ask for the same. */
  async ensure(): Promise<void> {
    try {
      await this.#manager.streams.info(this.#name);
    } catch (error) {
      if (!isCode(error, JetStreamApiCodes.StreamNotFound)) throw error;
      await this.#manager.streams.add({
        name: this.#name,
        subjects: [this.#anySubject],
        num_replicas: this.#replicas,
        storage: StorageType.File,
        retention: RetentionPolicy.Limits,
        allow_direct: true,
        deny_delete: true,
        duplicate_window: DUPLICATE_WINDOW_NS,
      });
    }
  }

  /** For another number of members. */
  async setReplicas(replicas: number): Promise<void> {
    await this.#ask('change the number of copies of', () =>
      this.#manager.streams.update(this.#name, { num_replicas: replicas }),
    );
  }

  async publish(
    payload: Uint8Array,
    { expectedLast, id }: { readonly expectedLast: MessagePlace; readonly id: string },
  ): Promise<PublishOutcome> {
    try {
      const { seq, duplicate } = await this.#client.publish(this.#subjectOf(id), payload, {
        msgID: id,
        expect: this.#expectation(expectedLast),
        timeout: REQUEST_TIMEOUT_MS,
        retries: 0,
      });
      return { kind: 'stored', streamSequence: seq, duplicate };
    } catch (cause) {
      if (cause instanceof JetStreamApiError && staleCodes.has(cause.code))
        return { kind: 'stale' };
      return { kind: 'unknown', cause };
    }
  }

  async last(): Promise<MessagePlace> {
    const { last } = await this.state();
    // Asked afterwards: a message that came in between is found, and read.
    const newest = await this.#get({ last_by_subj: this.#anySubject });
    if (newest !== undefined && newest.streamSequence >= last) return newest;
    // A damaged store may have lost its last message, and goes on counting behind it.
    return { streamSequence: last, id: '' };
  }

  next(streamSequence: number): Promise<StoredMessage | undefined> {
    return this.#get({ seq: Math.max(1, streamSequence), next_by_subj: this.#anySubject });
  }

  async read(from: number, to: number): Promise<readonly StoredMessage[]> {
    const fast = await this.#readFromAnyone(from, to);
    const messages: StoredMessage[] = [];
    let expected = from;
    for (const message of fast) {
      // A member that lags, or lost something, is not to be believed about what is missing.
      while (expected < message.streamSequence) {
        const found = await this.next(expected);
        if (found === undefined || found.streamSequence >= message.streamSequence) break;
        messages.push(found);
        expected = found.streamSequence + 1;
      }
      messages.push(message);
      expected = message.streamSequence + 1;
    }
    const last = messages.at(-1);
    // A member may keep messages that the others have lost, or replaced.
    const surely = last && (await this.next(last.streamSequence));
    if (last !== undefined && surely?.id === last.id) return messages;
    return this.readFromLeader(from, to);
  }

  async readFromLeader(from: number, to: number): Promise<readonly StoredMessage[]> {
    const end = Math.min(to, from + LEADER_READS - 1);
    const asked = Array.from({ length: Math.max(0, end - from + 1) }, (_, at) => {
      return this.#get({ seq: from + at, next_by_subj: this.#anySubject });
    });
    const messages = new Map<number, StoredMessage>();
    for (const found of await Promise.all(asked)) {
      // Of a missing one, the next one is told.
      if (found !== undefined && found.streamSequence <= end) {
        messages.set(found.streamSequence, found);
      }
    }
    return [...messages.values()];
  }

  async state(): Promise<StreamState> {
    const { state } = await this.#ask('look at', () => this.#info());
    return { last: state.last_seq, deleted: state.num_deleted ?? 0 };
  }

  async forgetBefore(streamSequence: number): Promise<void> {
    await this.#ask('trim', () =>
      this.#manager.streams.purge(this.#name, { seq: streamSequence, filter: this.#anySubject }),
    );
  }

  /**
   * By sequence and by name of the message there: after the engine lost messages, their sequences are
   * given to others. The header that expects the id of the last message must not be used: in a
   * stream with several copies, nats-server 2.15 stops the whole stream when it does not match.
   */
  #expectation({ streamSequence, id }: MessagePlace) {
    const expectation = { streamName: this.#name, lastSequence: streamSequence };
    if (id === '') return expectation;
    return {
      ...expectation,
      lastSubjectSequence: streamSequence,
      lastSubjectSequenceSubject: this.#subjectOf(id),
    };
  }

  /** A subject for each message, named by its id. */
  #subjectOf(id: string): string {
    return `${this.#name}.${id}`;
  }

  get #anySubject(): string {
    return `${this.#name}.*`;
  }

  /** Who has a copy of the messages, and how far each one is. */
  async copies(): Promise<StreamCopies> {
    const { cluster } = await this.#ask('look at', () => this.#info());
    const others = (cluster?.replicas ?? []).map(({ name, offline = false, active, lag = 0 }) => {
      // It takes minutes to be called offline; the leader hears of a living one every second.
      return { member: name, isOnline: !offline && active < SILENT_NS, lag };
    });
    const only = cluster?.replicas === undefined ? this.#serverName : undefined;
    return { leader: cluster?.leader ?? only, others };
  }

  /** Also makes a stream anew that vanished: what was in it is put back by those who have copies. */
  async #info() {
    try {
      return await this.#manager.streams.info(this.#name);
    } catch (error) {
      if (!isCode(error, JetStreamApiCodes.StreamNotFound)) throw error;
      await this.ensure();
      return await this.#manager.streams.info(this.#name);
    }
  }

  async #get(
    query:
      | { readonly last_by_subj: string }
      | { readonly seq: number; readonly next_by_subj: string },
  ): Promise<StoredMessage | undefined> {
    const message = await this.#ask('read', async () =>
      this.#manager.streams.getMessage(this.#name, query),
    );
    return message === null ? undefined : toMessage(message);
  }

  /** Fast, and perhaps not everything. */
  async #readFromAnyone(from: number, to: number): Promise<readonly StoredMessage[]> {
    const batch = Math.min(READ_MESSAGES, to - from + 1);
    const messages: StoredMessage[] = [];
    try {
      const found = await this.#manager.direct.getBatch(this.#name, {
        seq: from,
        batch,
        max_bytes: READ_BYTES,
      });
      // Whoever answers may die in the middle of it.
      const timer = setTimeout(() => found.stop(), REQUEST_TIMEOUT_MS);
      try {
        for await (const message of found) {
          if (message.seq <= to) messages.push(toMessage(message));
        }
      } finally {
        clearTimeout(timer);
      }
    } catch {
      // The leader is asked for what is not there.
    }
    return messages;
  }

  async #ask<Answer>(doing: string, question: () => Promise<Answer>): Promise<Answer> {
    try {
      return await question();
    } catch (error) {
      throw logUnavailable(`${doing} the stream ${this.#name}`, error);
    }
  }
}

function toMessage({ seq, subject, data }: StoredMsg): StoredMessage {
  const id = subject.slice(subject.lastIndexOf('.') + 1);
  return { streamSequence: seq, id, payload: data };
}

function isCode(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}
