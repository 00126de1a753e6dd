/** One member: a machine whose process is started again whenever it ended. */

import { isTarsierError } from '../../../errors/tarsier-error.ts';
import { runLeaseLoop, type LeaseOwner } from '../../../replica/core/lease-loop.ts';
import { LeaseMember } from '../../../replica/core/lease-member.ts';
import type { LeaseCommand, LeaseResult } from '../../../replica/core/lease.ts';
import { startReplica } from '../../../replica/core/log-replica.ts';
import type { Blobs } from '../../../replica/core/blobs.ts';
import type { Log } from '../../../replica/core/log.ts';
import type { Applied, Replica } from '../../../replica/core/replica.ts';
import type { MachineClock } from './machine-clock.ts';
import {
  machineWithLeases,
  type LeasedCommand,
  type LeasedResult,
  type WithLeases,
} from './machine-with-leases.ts';
import { MemberLog } from './member-log.ts';
import { MemberBlobs } from './sim-blobs.ts';
import { SimProcess } from './sim-process.ts';
import type { World } from './world.ts';

const LEASE = 'leader';
const CLOCK_DRIFT_MAX = 0.05;
const RESTART_US = 150_000;

export interface Proposal<Command> {
  readonly commandId: string;
  readonly command: LeasedCommand<Command>;
  readonly expectedSequence?: number;
}

export class SimMember<State, Command, Result> {
  readonly name: string;
  readonly clock: MachineClock;
  replica: Replica<WithLeases<State>, LeasedCommand<Command>, LeasedResult<Result>> | undefined;
  /** The newest fencing token that this member acted with: also a paused leader's. */
  lastToken = 0;
  starts = 0;
  readonly #world: World<State, Command, Result>;
  #process: SimProcess;
  #told: number | undefined;
  #lease: LeaseMember | undefined;
  #leaving = new AbortController();
  #proposals = 0;

  constructor(world: World<State, Command, Result>, name: string, clock: MachineClock) {
    this.#world = world;
    this.name = name;
    this.clock = clock;
    this.#process = this.start();
  }

  start(): SimProcess {
    this.starts += 1;
    this.#process = new SimProcess(`${this.name}.${this.starts}`, this.#world.loop, this.clock);
    void this.#boot(this.#process);
    return this.#process;
  }

  /** The process ends at once; its machine starts another one after the delay. */
  crash(restartUs = RESTART_US): void {
    const process = this.#process;
    if (process.isDead) return;
    this.#world.loop.note(`crash ${process.name}`);
    process.kill();
    this.replica = undefined;
    this.#told = undefined;
    this.#lease = undefined;
    this.#world.loop.after(restartUs, () => this.start());
  }

  pause(): void {
    this.#process.pause();
  }

  resume(): void {
    this.#process.resume();
  }

  /** Gives the lease up, and is a candidate no longer. */
  leave(): void {
    this.#leaving.abort();
  }

  /** Whether the process is running and would act as the leader now. A paused one cannot act. */
  get believesToLead(): boolean {
    if (!this.#process.isRunning) return false;
    return (this.#told ?? this.#lease?.token(this.clock.steadyMs())) !== undefined;
  }

  async propose(
    proposal: Proposal<Command>,
  ): Promise<Applied<LeasedCommand<Command>, LeasedResult<Result>>> {
    const { commandId, command, expectedSequence } = proposal;
    const { oracle, loop } = this.#world;
    const process = this.#process;
    oracle.onPropose(commandId);
    const { sequence, result } = await this.#call(process, (replica) =>
      replica.propose(command, {
        commandId,
        ...(expectedSequence === undefined ? {} : { expectedSequence }),
      }),
    );
    oracle.onAcknowledged({ commandId, sequence, expectedSequence, result });
    loop.note(`acknowledged ${process.name} ${commandId} ${sequence}`);
    return { sequence, command, result };
  }

  async read(): Promise<void> {
    const { oracle, loop } = this.#world;
    const process = this.#process;
    const before = oracle.acknowledged;
    const reached = await this.#call(process, async (replica) => {
      const sequence = await replica.catchUp();
      return Math.min(sequence, replica.sequence);
    });
    oracle.checkRead(process.name, before, reached);
    loop.note(`read ${process.name} ${reached}`);
  }

  async snapshot(): Promise<void> {
    await this.#call(this.#process, (replica) => replica.snapshot());
  }

  async #call<Value>(
    process: SimProcess,
    use: (replica: NonNullable<typeof this.replica>) => Promise<Value>,
  ): Promise<Value> {
    if (this.replica === undefined || !process.isRunning) throw new Error('nobody is there');
    try {
      return await use(this.replica);
    } catch (error) {
      if (isFatal(error)) this.#exit(process, error);
      throw error;
    }
  }

  async #boot(process: SimProcess): Promise<void> {
    const { loop, network, engine, store, draw, mutant, profile, domain } = this.#world;
    const parts = { loop, network, engine, store, process, machine: this.name, draw: draw.fork() };
    const log: Log = mutant?.log?.(new MemberLog(parts), parts.draw) ?? new MemberLog(parts);
    const blobs: Blobs = new MemberBlobs(parts);
    const machine = machineWithLeases(domain.machine);
    try {
      const replica = await startReplica(
        {
          log,
          blobs: mutant?.blobs?.(blobs) ?? blobs,
          machine: mutant?.machine?.(machine, this.name) ?? machine,
          snapshotEvery: { commands: profile.snapshotCommands },
          resultsKept: profile.resultsKept,
        },
        { newCommandId: () => this.#newId(process), wait: (delayMs) => process.wait(delayMs) },
      );
      loop.note(`up ${process.name} ${replica.sequence}`);
      this.replica = replica;
      this.#watch(process, replica);
      await this.#keepLease(process, replica);
    } catch (error) {
      this.#exit(process, error);
    }
  }

  #newId(process: SimProcess): string {
    this.#proposals += 1;
    return `${process.name}.${this.#proposals}`;
  }

  #watch(process: SimProcess, replica: NonNullable<typeof this.replica>): void {
    let before = replica.sequence;
    replica.subscribe((applied) => {
      this.#world.oracle.onApplied(process.name, applied, before);
      before = applied.sequence;
    });
  }

  async #keepLease(process: SimProcess, replica: NonNullable<typeof this.replica>): Promise<void> {
    const { mutant, profile, loop } = this.#world;
    const options = {
      name: LEASE,
      holder: process.name,
      durationMs: profile.leaseMs,
      clockDriftMax: CLOCK_DRIFT_MAX,
    };
    const member = mutant?.leaseMember?.(options) ?? new LeaseMember(options);
    const owner: LeaseOwner = {
      read: () => replica.state.leases.leases.get(LEASE),
      propose: (lease) => this.#proposeLease(process, lease),
      subscribe: (listener) => replica.subscribe(listener),
      onChange: (token) => {
        loop.note(`lease ${process.name} ${token ?? 'ended'}`);
        this.#told = token;
        this.lastToken = token ?? this.lastToken;
      },
    };
    this.#lease = member;
    this.#leaving = new AbortController();
    const timing = {
      nowMs: () => this.clock.steadyMs(),
      wait: (delayMs: number, signal: AbortSignal) => process.wait(delayMs, signal),
    };
    await runLeaseLoop(member, owner, timing, this.#leaving.signal);
  }

  async #proposeLease(process: SimProcess, lease: LeaseCommand): Promise<LeaseResult> {
    const command = { kind: 'lease', lease } as const;
    const { result } = await this.propose({ commandId: this.#newId(process), command });
    if (result.kind !== 'lease') throw new Error('the result is that of another command');
    return result.lease;
  }

  /** What cannot go on ends; its supervisor starts it again. */
  #exit(process: SimProcess, error: unknown): void {
    if (process !== this.#process || process.isDead) return;
    const why = isTarsierError(error) ? error.code : String(error);
    this.#world.loop.note(`exit ${process.name} ${why}`);
    this.#world.oracle.checkExit(process.name, why, this.replica === undefined);
    this.#world.exits.set(why, (this.#world.exits.get(why) ?? 0) + 1);
    this.crash();
  }
}

function isFatal(error: unknown): boolean {
  if (!isTarsierError(error)) return true;
  return error.consequence !== 'transient' && error.code !== 'COMMAND_RESULT_FORGOTTEN';
}
