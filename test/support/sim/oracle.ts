/** Knows the truth, and compares with it whatever a member, a client or a snapshot says. */

import type { LogEntry } from '../../../replica/core/log.ts';
import type { Applied } from '../../../replica/core/replica.ts';
import { isReservedCommandId, readRecord } from '../../../replica/core/snapshot-format.ts';
import type { Domain } from './domain.ts';
import type {
  LeasedCommand,
  LeasedMachine,
  LeasedResult,
  WithLeases,
} from './machine-with-leases.ts';
import type { EngineWatcher } from './sim-engine.ts';

export interface Acknowledged<Result> {
  readonly commandId: string;
  readonly sequence: number;
  readonly expectedSequence: number | undefined;
  readonly result: LeasedResult<Result>;
}

interface Watched {
  readonly state: unknown;
  readonly sequence: number;
}

export class Oracle<State, Command, Result> implements EngineWatcher {
  /** The first thing that must never happen. */
  violation: string | undefined;
  /** The highest sequence that anybody was told is in the log. */
  acknowledged = 0;
  /** Commands that were repeated after the log had forgotten their ids: two by contract. */
  repeatsTooLate = 0;
  leasesGranted = 0;
  effectsRefused = 0;
  readonly #domain: Domain<State, Command, Result>;
  readonly #machine: LeasedMachine<State, Command, Result>;
  readonly #entriesKept: number;
  readonly #state: WithLeases<State>;
  /** By sequence. */
  readonly #encoded: Uint8Array[];
  readonly #results: (string | undefined)[] = [undefined];
  readonly #ids: string[] = [''];
  /** What was acknowledged before a command was proposed for the first time. */
  readonly #proposedAfter = new Map<string, number>();
  readonly #checked = new WeakMap<Watched, number>();
  #newestSnapshot = 0;
  #lastToken = 0;
  #highestEffectToken = 0;

  constructor(
    domain: Domain<State, Command, Result>,
    machine: LeasedMachine<State, Command, Result>,
    entriesKept: number,
  ) {
    this.#domain = domain;
    this.#machine = machine;
    this.#entriesKept = entriesKept;
    this.#state = this.#machine.initial();
    this.#encoded = [this.#machine.encodeState(this.#state)];
  }

  fail(what: string): void {
    this.violation ??= what;
  }

  onCommit(entry: LogEntry, isRepeat: boolean, isForgotten: boolean): void {
    if (isRepeat && !isForgotten) this.fail(`${entry.commandId} is in the log twice`);
    if (isRepeat && isForgotten) this.repeatsTooLate += 1;
    this.#ids.push(entry.commandId);
    if (isReservedCommandId(entry.commandId)) {
      this.#encoded.push(this.#encoded[entry.sequence - 1]!);
      this.#results.push(undefined);
      const sequence = readRecord(entry)?.sequence ?? 0;
      this.#newestSnapshot = Math.max(this.#newestSnapshot, sequence);
      return;
    }
    const command = this.#machine.decodeCommand(entry.payload);
    const result = this.#machine.apply(this.#state, command, entry.sequence);
    this.#checkTokens(command, result);
    this.#encoded.push(this.#machine.encodeState(this.#state));
    this.#results.push(JSON.stringify(result));
  }

  onPropose(commandId: string): void {
    if (!this.#proposedAfter.has(commandId)) {
      this.#proposedAfter.set(commandId, this.acknowledged);
    }
  }

  onAcknowledged(told: Acknowledged<Result>): void {
    const { commandId, sequence, expectedSequence, result } = told;
    const before = this.#proposedAfter.get(commandId) ?? 0;
    this.acknowledged = Math.max(this.acknowledged, sequence);
    if (this.#ids[sequence] !== commandId) {
      this.fail(`${commandId} was acknowledged as entry ${sequence}, which it is not`);
    } else if (sequence <= before) {
      this.fail(`${commandId} was proposed after entry ${before}, but became entry ${sequence}`);
    } else if (expectedSequence !== undefined && sequence !== expectedSequence + 1) {
      this.fail(`${commandId} was to follow ${expectedSequence}, but became entry ${sequence}`);
    }
    this.#checkResult(commandId, sequence, result);
  }

  onApplied(
    who: string,
    { sequence, result }: Applied<LeasedCommand<Command>, LeasedResult<Result>>,
    before: number,
  ): void {
    if (sequence <= before) this.fail(`${who} told of entry ${sequence} after ${before}`);
    this.#checkResult(who, sequence, result);
  }

  /** The state of every member is the one that the log makes, byte for byte. */
  checkState(who: string, replica: Watched): void {
    const { sequence } = replica;
    const checked = this.#checked.get(replica) ?? -Infinity;
    if (sequence < checked + this.#domain.compareEvery) return;
    this.#checked.set(replica, sequence);
    const bytes = this.#machine.encodeState(replica.state as WithLeases<State>);
    this.#checkBytes(`the state of ${who}`, sequence, bytes);
  }

  checkSnapshot(content: Uint8Array): void {
    const end = content.indexOf(0x0a);
    const header = JSON.parse(new TextDecoder().decode(content.subarray(0, end))) as Watched;
    const state = this.#machine.decodeState(content.slice(end + 1));
    this.#checkBytes('a snapshot', header.sequence, this.#machine.encodeState(state));
  }

  /** Nothing is lost here, so whoever says so is wrong. */
  checkExit(who: string, code: string, isStarting: boolean): void {
    if (code.endsWith('_DAMAGED')) this.fail(`${who} ended with ${code}, but nothing is damaged`);
    if (code === 'LOG_TRIMMED' && isStarting) this.fail(`${who} was outrun while it started`);
  }

  /** The log must reach back by so many entries from the newest snapshot. */
  onTrim(first: number): void {
    if (this.#newestSnapshot - first < this.#entriesKept) {
      this.fail(`the log begins with ${first}, but the newest snapshot is ${this.#newestSnapshot}`);
    }
  }

  /** A read that began when `before` was acknowledged sees at least that. */
  checkRead(who: string, before: number, reached: number): void {
    if (reached < before) this.fail(`a read of ${who} saw ${reached}, but not ${before}`);
  }

  checkHolders(holders: readonly string[]): void {
    if (holders.length > 1) this.fail(`${holders.join(' and ')} hold the lease at once`);
  }

  get leases(): WithLeases<State>['leases'] {
    return this.#state.leases;
  }

  #checkBytes(what: string, sequence: number, bytes: Uint8Array): void {
    const expected = this.#encoded[sequence];
    if (expected === undefined) this.fail(`${what} is at entry ${sequence}, which is not there`);
    else if (Buffer.compare(expected, bytes) !== 0) {
      this.fail(`${what} at entry ${sequence} is not the one that the log makes`);
    }
  }

  #checkResult(who: string, sequence: number, result: LeasedResult<Result>): void {
    if (this.#results[sequence] !== JSON.stringify(result)) {
      this.fail(`${who} has another result of entry ${sequence} than the log makes`);
    }
  }

  #checkTokens(command: LeasedCommand<Command>, result: LeasedResult<Result>): void {
    if (command.kind === 'lease' && result.kind === 'lease') {
      if (command.lease.type !== 'acquire-lease' || !result.lease.granted) return;
      const token = result.lease.lease?.token ?? 0;
      if (token <= this.#lastToken) this.fail(`token ${token} after ${this.#lastToken}`);
      this.#lastToken = token;
      this.leasesGranted += 1;
    } else if (command.kind === 'work' && result.kind === 'work') {
      const token = this.#domain.tokenOf(command.work);
      if (token === undefined) return;
      if (!this.#domain.isAccepted(result.work)) {
        this.effectsRefused += 1;
        return;
      }
      const highest = this.#highestEffectToken;
      if (token < highest) this.fail(`an effect with token ${token} counted after ${highest}`);
      this.#highestEffectToken = Math.max(token, highest);
    }
  }
}
