import { fc } from '../../support/seeded-property.ts';
import { describe, expect, test } from 'vitest';
import {
  applyLease,
  emptyLeaseState,
  type Lease,
  type LeaseCommand,
  type LeaseResult,
} from '../../../replica/core/lease.ts';
import { LeaseMember } from '../../../replica/core/lease-member.ts';

const DURATION_MS = 1_000;
const DRIFT_MAX = 0.05;

interface Request {
  readonly command: LeaseCommand;
  stage: 'on its way' | 'answered';
  result?: LeaseResult;
}

/** One member with a clock of its own and its own progress in reading the log. */
class Process {
  member: LeaseMember;
  applied = 0;
  request: Request | undefined;
  readonly #rate: number;
  readonly #offsetMs: number;
  readonly #name: string;
  #starts = 0;

  constructor(name: string, rate: number, offsetMs: number) {
    this.#name = name;
    this.#rate = rate;
    this.#offsetMs = offsetMs;
    this.member = this.start();
  }

  start(): LeaseMember {
    this.#starts += 1;
    this.request = undefined;
    const holder = `${this.#name}.${this.#starts}`;
    this.member = new LeaseMember({
      name: 'leader',
      holder,
      durationMs: DURATION_MS,
      clockDriftMax: DRIFT_MAX,
    });
    return this.member;
  }

  clockMs(realMs: number): number {
    return this.#offsetMs + this.#rate * realMs;
  }
}

/** A log, members that read it late, and a network that delays, loses and repeats answers. */
class World {
  realMs = 0;
  readonly processes: readonly Process[];
  readonly #state = emptyLeaseState();
  /** The lease after each entry. */
  readonly #history: (Lease | undefined)[] = [undefined];
  /** Commands of stopped processes that may still arrive. */
  readonly #strays: Request[] = [];
  tokensSeen: number[] = [];

  constructor(rates: readonly number[]) {
    this.processes = rates.map((rate, index) => new Process(`p${index}`, rate, index * 12_345));
  }

  look(process: Process, lag: number): void {
    const newest = this.#history.length - 1;
    process.applied = Math.max(process.applied, newest - lag);
    const nowMs = process.clockMs(this.realMs);
    process.member.observe(this.#history[process.applied], nowMs);
    const command = process.member.next(nowMs);
    if (command !== undefined) process.request = { command, stage: 'on its way' };
  }

  deliver(request: Request | undefined): void {
    if (request?.stage !== 'on its way') return;
    request.stage = 'answered';
    request.result = applyLease(this.#state, request.command, this.#history.length);
    this.#history.push(this.#state.leases.get('leader'));
  }

  answer(process: Process, lost: boolean): void {
    const { request } = process;
    if (request === undefined) return;
    if (lost) {
      // The member hears a failure, but its command may still arrive.
      if (request.stage === 'on its way') this.#strays.push(request);
      process.member.fail(process.clockMs(this.realMs));
      process.request = undefined;
    } else if (request.result !== undefined) {
      process.applied = this.#history.length - 1;
      process.member.settle(request.result);
      process.request = undefined;
    }
  }

  restart(process: Process): void {
    if (process.request !== undefined) this.#strays.push(process.request);
    process.start();
    // A restart loads the state as it is.
    process.applied = this.#history.length - 1;
  }

  deliverStray(index: number): void {
    this.deliver(this.#strays[index % Math.max(1, this.#strays.length)]);
  }

  check(): void {
    const tokens = this.processes
      .map((process) => process.member.token(process.clockMs(this.realMs)))
      .filter((token) => token !== undefined);
    expect(tokens.length, 'holders at the same time').toBeLessThanOrEqual(1);
    const [token] = tokens;
    if (token === undefined || token === this.tokensSeen.at(-1)) return;
    expect(token, 'tokens grow').toBeGreaterThan(this.tokensSeen.at(-1) ?? 0);
    this.tokensSeen.push(token);
  }
}

const action = fc.record({
  kind: fc.oneof(
    { weight: 8, arbitrary: fc.constant('round') },
    { weight: 6, arbitrary: fc.constantFrom('look', 'deliver', 'answer') },
    { weight: 3, arbitrary: fc.constantFrom('lose', 'stray', 'pass') },
    { weight: 1, arbitrary: fc.constantFrom('restart', 'leave') },
  ),
  process: fc.nat(2),
  lag: fc.constantFrom(0, 0, 0, 1, 3),
  elapsedMs: fc.oneof(fc.nat(10), fc.nat(300), fc.nat(1_200)),
});

const rates = fc.array(fc.constantFrom(1 - DRIFT_MAX, 1, 1 + DRIFT_MAX), {
  minLength: 3,
  maxLength: 3,
});

function act(
  world: World,
  { kind, process: index, lag }: { kind: string; process: number; lag: number },
): void {
  const process = world.processes[index]!;
  if (kind === 'round') {
    world.look(process, lag);
    world.deliver(process.request);
    world.answer(process, false);
  } else if (kind === 'look') world.look(process, lag);
  else if (kind === 'deliver') world.deliver(process.request);
  else if (kind === 'answer') world.answer(process, false);
  else if (kind === 'lose') world.answer(process, true);
  else if (kind === 'stray') world.deliverStray(index);
  else if (kind === 'restart') world.restart(process);
  else if (kind === 'leave') process.member.leave();
}

describe('leases under any interleaving, with clocks that drift within the limit', () => {
  test('have at most one holder at any moment, and tokens that only grow', () => {
    let handovers = 0;
    fc.assert(
      fc.property(rates, fc.array(action, { minLength: 30, maxLength: 150 }), (speeds, actions) => {
        const world = new World(speeds);
        for (const one of actions) {
          act(world, one);
          world.check();
          // Nobody does anything meanwhile: leases run out.
          world.realMs += one.elapsedMs;
          world.check();
        }
        handovers += world.tokensSeen.length;
      }),
      { numRuns: 3_000 },
    );
    expect(handovers).toBeGreaterThan(1_000);
  });

  test('are soon held by somebody once everything works again', () => {
    fc.assert(
      fc.property(rates, fc.array(action, { maxLength: 60 }), (speeds, actions) => {
        const world = new World(speeds);
        for (const one of actions.filter(({ kind }) => kind !== 'leave')) {
          act(world, one);
          world.realMs += one.elapsedMs;
        }
        for (let elapsedMs = 0; elapsedMs < 3 * DURATION_MS; elapsedMs += 20) {
          for (const process of world.processes) {
            world.look(process, 0);
            world.deliver(process.request);
            world.answer(process, false);
          }
          world.realMs += 20;
        }
        const tokens = world.processes.map((process) =>
          process.member.token(process.clockMs(world.realMs)),
        );
        expect(tokens.filter((token) => token !== undefined).length).toBe(1);
      }),
      { numRuns: 300 },
    );
  });
});
