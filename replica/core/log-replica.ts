/** Applies the commands of a log, in order and once, to one state machine. */

import { TarsierError, isTarsierError } from '../../errors/tarsier-error.ts';
import type { Blobs } from './blobs.ts';
import type { AppendRequest, AppendResult, Log, LogEntry, LogHead } from './log.ts';
import type { Applied, CapturedState, ProposeOptions, Replica, StateMachine } from './replica.ts';
import { isMove } from './move-record.ts';
import { forgotten, isTransient, withId } from './proposal-errors.ts';
import { isReservedCommandId, readRecord } from './snapshot-format.ts';
import { SnapshotDue, type SnapshotPolicy } from './snapshot-due.ts';
import { SnapshotKeeper, type LoadedSnapshot } from './snapshot-keeper.ts';

export interface ReplicaPorts {
  /** Unique for ever, in all processes. */
  newCommandId(): string;
  wait(delayMs: number): Promise<void>;
}

export interface ReplicaOptions<State, Command, Result> {
  readonly log: Log;
  readonly blobs: Blobs;
  readonly machine: StateMachine<State, Command, Result>;
  readonly snapshotEvery?: SnapshotPolicy;
  /** Results of this many newest commands are kept for repeated proposals. 1,000 by default. */
  readonly resultsKept?: number;
  /** Told once when the replica cannot go on; whoever leads or serves from it must stop. */
  readonly onFailed?: (error: TarsierError) => void;
  /** Told when an automatic snapshot failed; the replica goes on and tries again later. */
  readonly onSnapshotFailed?: (error: unknown) => void;
}

interface Pending<Command, Result> {
  proposals: number;
  applied?: Applied<Command, Result>;
}

interface Waiter {
  readonly sequence: number;
  resolve(): void;
  reject(error: unknown): void;
}

const READ_ENTRIES = 1_000;
const APPEND_ATTEMPTS = 4;
const RETRY_MS = 20;
const RESULTS_KEPT = 1_000;
const START_ATTEMPTS = 5;

/** Loads the newest snapshot, applies what follows, and returns the replica at the log's head. */
export async function startReplica<State, Command, Result>(
  options: ReplicaOptions<State, Command, Result>,
  ports: ReplicaPorts,
): Promise<Replica<State, Command, Result>> {
  for (let attempt = 1; ; attempt += 1) {
    const head = await options.log.head();
    try {
      return await startFrom(head, options, ports);
    } catch (error) {
      // Members that went on meanwhile let go of the very snapshot or entries that were to be read.
      if (attempt === START_ATTEMPTS || !isOutrun(error)) throw error;
      if ((await options.log.head()).first === head.first) throw error;
    }
  }
}

function isOutrun(error: unknown): boolean {
  return isTarsierError(error) && ['LOG_TRIMMED', 'SNAPSHOT_DAMAGED'].includes(error.code);
}

async function startFrom<State, Command, Result>(
  head: LogHead,
  options: ReplicaOptions<State, Command, Result>,
  ports: ReplicaPorts,
): Promise<Replica<State, Command, Result>> {
  const { log, blobs, machine } = options;
  const keeper = new SnapshotKeeper(log, blobs);
  const snapshot = await keeper.load(head);
  const start = {
    state: snapshot === undefined ? machine.initial() : decodeState(machine, snapshot),
    sequence: snapshot?.sequence ?? 0,
  };
  const replica = new LogReplica(options, ports, keeper, start);
  try {
    await replica.catchUp();
    return replica;
  } catch (error) {
    await replica.close();
    throw error;
  }
}

function decodeState<State>(
  machine: { decodeState(bytes: Uint8Array): State },
  { sequence, state }: LoadedSnapshot,
): State {
  try {
    return machine.decodeState(state);
  } catch (cause) {
    if (isTarsierError(cause)) throw cause;
    const message = `The state machine cannot decode the snapshot of entry ${sequence}. Was it written by a newer version?`;
    throw new TarsierError('REPLICA_FAILED', message, { cause });
  }
}

class LogReplica<State, Command, Result> implements Replica<State, Command, Result> {
  readonly #options: ReplicaOptions<State, Command, Result>;
  readonly #ports: ReplicaPorts;
  readonly #keeper: SnapshotKeeper;
  readonly #state: State;
  readonly #listeners = new Set<(applied: Applied<Command, Result>) => void>();
  /** Own commands that the log acknowledged, until their turn comes. */
  readonly #acknowledged = new Map<
    number,
    { commandId: string; command: Command; bytes: number }
  >();
  readonly #pending = new Map<string, Pending<Command, Result>>();
  readonly #results = new Map<string, Applied<Command, Result>>();
  readonly #due: SnapshotDue;
  readonly #unsubscribe: () => void;
  #waiters: Waiter[] = [];
  #sequence: number;
  #target = 0;
  #pulling: Promise<void> | undefined;
  #snapshotting: Promise<void> | undefined;
  #failure: TarsierError | undefined;

  constructor(
    options: ReplicaOptions<State, Command, Result>,
    ports: ReplicaPorts,
    keeper: SnapshotKeeper,
    start: { readonly state: State; readonly sequence: number },
  ) {
    this.#options = options;
    this.#ports = ports;
    this.#keeper = keeper;
    this.#due = new SnapshotDue(options.snapshotEvery);
    this.#state = start.state;
    this.#sequence = start.sequence;
    this.#unsubscribe = options.log.subscribe((sequence) => this.#reach(sequence));
  }

  get state(): State {
    return this.#state;
  }

  get sequence(): number {
    return this.#sequence;
  }

  async propose(
    command: Command,
    { commandId = this.#ports.newCommandId(), expectedSequence }: ProposeOptions = {},
  ): Promise<Applied<Command, Result>> {
    this.#mustWork();
    if (isReservedCommandId(commandId)) {
      throw new TarsierError('USAGE', `Cannot propose ${commandId}: ids with "$" are reserved.`);
    }
    const { machine } = this.#options;
    const payload = machine.encodeCommand(command);
    // Every member applies the decoded command, so this one does too; and what cannot be decoded
    // must not get into the log.
    const decoded = machine.decodeCommand(payload);
    const pending = this.#pending.get(commandId) ?? { proposals: 0 };
    pending.proposals += 1;
    this.#pending.set(commandId, pending);
    try {
      const request = {
        commandId,
        payload,
        ...(expectedSequence === undefined ? {} : { expectedSequence }),
      };
      const { sequence, duplicate } = await this.#append(request);
      if (!duplicate) {
        this.#acknowledged.set(sequence, { commandId, command: decoded, bytes: payload.length });
        this.#applyAcknowledged();
      }
      this.#reach(sequence);
      await this.waitFor(sequence);
      return pending.applied ?? this.#results.get(commandId) ?? forgotten(commandId, sequence);
    } finally {
      pending.proposals -= 1;
      if (pending.proposals === 0) this.#pending.delete(commandId);
    }
  }

  subscribe(listener: (applied: Applied<Command, Result>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async waitFor(sequence: number): Promise<void> {
    if (this.#sequence >= sequence) return;
    this.#mustWork();
    await new Promise<void>((resolve, reject) => {
      this.#waiters.push({ sequence, resolve, reject });
      this.#reach(0);
    });
  }

  async catchUp(): Promise<number> {
    this.#mustWork();
    const { sequence } = await this.#options.log.head();
    this.#reach(sequence);
    await this.waitFor(sequence);
    return this.#sequence;
  }

  /** As in `#saveSnapshot`, the state is encoded before the first await. */
  async capture(): Promise<CapturedState> {
    this.#mustWork();
    const state = this.#options.machine.encodeState(this.#state);
    return { ...(await this.#keeper.headerAt(this.#sequence)), state };
  }

  async snapshot(): Promise<void> {
    this.#mustWork();
    while (this.#snapshotting !== undefined) await this.#snapshotting;
    this.#mustWork();
    if (!this.#due.hasCommands) return;
    this.#snapshotting = this.#saveSnapshot().finally(() => (this.#snapshotting = undefined));
    await this.#snapshotting;
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    this.#end(new TarsierError('LOG_CLOSED', 'The replica is closed.'));
    await Promise.allSettled([this.#pulling, this.#snapshotting]);
  }

  /** Appends, and repeats under the same id while the failure may pass. */
  async #append(request: AppendRequest): Promise<AppendResult> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#options.log.append(request);
      } catch (error) {
        if (!isTransient(error) || attempt === APPEND_ATTEMPTS) throw withId(error, request);
        await this.#ports.wait(RETRY_MS * 2 ** attempt);
      }
    }
  }

  #mustWork(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Sees to it that everything up to `sequence` is applied soon. */
  #reach(sequence: number): void {
    this.#target = Math.max(this.#target, sequence);
    if (this.#sequence >= this.#target || this.#failure !== undefined) return;
    this.#pulling ??= this.#pull().finally(() => {
      this.#pulling = undefined;
      this.#reach(0);
    });
  }

  async #pull(): Promise<void> {
    for (let attempt = 1; this.#sequence < this.#target && this.#failure === undefined;) {
      try {
        const entries = await this.#options.log.read(this.#sequence + 1, READ_ENTRIES);
        // Own acknowledged commands may have been applied while the log was read.
        for (const entry of entries)
          if (entry.sequence === this.#sequence + 1) this.#applyEntry(entry);
        if (entries.length > 0) attempt = 1;
        // A copy of the log answered that is behind.
        else await this.#backOff(attempt++);
      } catch (error) {
        if (!isTransient(error)) return this.#fail(error);
        await this.#backOff(attempt++);
      }
    }
  }

  #backOff(attempt: number): Promise<void> {
    return this.#ports.wait(RETRY_MS * 2 ** Math.min(attempt, 8));
  }

  #applyAcknowledged(): void {
    for (;;) {
      const next = this.#acknowledged.get(this.#sequence + 1);
      if (next === undefined || this.#failure !== undefined) return;
      this.#applyCommand(next.commandId, next.command, next.bytes);
    }
  }

  #applyEntry(entry: LogEntry): void {
    if (this.#failure !== undefined) return;
    if (isMove(entry.commandId)) return this.#advance();
    const record = readRecord(entry);
    if (record !== undefined) {
      this.#advance();
      this.#due.countFrom(record.sequence);
      void this.#keeper.note(record).catch((error: unknown) => this.#snapshotFailed(error));
      return;
    }
    const command = this.#options.machine.decodeCommand(entry.payload);
    this.#applyCommand(entry.commandId, command, entry.payload.length);
  }

  #applyCommand(commandId: string, command: Command, bytes: number): void {
    const sequence = this.#sequence + 1;
    let result: Result;
    try {
      result = this.#options.machine.apply(this.#state, command, sequence);
    } catch (cause) {
      const message = `The state machine threw at entry ${sequence} (command ${commandId}).`;
      return this.#fail(new TarsierError('REPLICA_FAILED', message, { cause }));
    }
    const applied = { sequence, command, result };
    const pending = this.#pending.get(commandId);
    if (pending !== undefined) pending.applied = applied;
    this.#keepResult(commandId, applied);
    this.#due.add(sequence, bytes);
    this.#advance();
    for (const listener of this.#listeners) this.#notify(listener, applied);
    this.#snapshotWhenDue();
  }

  #advance(): void {
    this.#sequence += 1;
    this.#acknowledged.delete(this.#sequence);
    if (this.#waiters.length === 0) return;
    const ready = this.#waiters.filter(({ sequence }) => sequence <= this.#sequence);
    if (ready.length === 0) return;
    this.#waiters = this.#waiters.filter(({ sequence }) => sequence > this.#sequence);
    for (const waiter of ready) waiter.resolve();
  }

  /** A listener that throws is a defect of its owner: it must not stop the replica in between. */
  #notify(
    listener: (applied: Applied<Command, Result>) => void,
    applied: Applied<Command, Result>,
  ): void {
    try {
      listener(applied);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  #keepResult(commandId: string, applied: Applied<Command, Result>): void {
    this.#results.set(commandId, applied);
    if (this.#results.size <= (this.#options.resultsKept ?? RESULTS_KEPT)) return;
    const [oldest] = this.#results.keys();
    if (oldest !== undefined) this.#results.delete(oldest);
  }

  #snapshotWhenDue(): void {
    if (!this.#due.isDue) return;
    // Later than the others it would be one more, and the log would reach back by one less.
    if (this.#snapshotting !== undefined) return this.#due.countFrom(this.#sequence);
    this.snapshot().catch((error: unknown) => this.#snapshotFailed(error));
  }

  /** The state is encoded before the first await: it is that of exactly this sequence. */
  async #saveSnapshot(): Promise<void> {
    const sequence = this.#sequence;
    this.#due.countFrom(sequence);
    await this.#keeper.save(sequence, this.#options.machine.encodeState(this.#state));
  }

  #snapshotFailed(error: unknown): void {
    if (this.#failure === undefined) this.#options.onSnapshotFailed?.(error);
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    const failure = isTarsierError(error)
      ? error
      : new TarsierError('REPLICA_FAILED', 'The replica failed.', { cause: error });
    this.#end(failure);
    this.#options.onFailed?.(failure);
  }

  #end(failure: TarsierError): void {
    this.#failure ??= failure;
    for (const waiter of this.#waiters) waiter.reject(this.#failure);
    this.#waiters = [];
  }
}
