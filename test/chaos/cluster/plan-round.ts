/** Draws from a seed what happens in a round. Pure: the same numbers, the same faults. */

import type { Random } from '../../support/replica/seeded-random.ts';
import type { Fault } from './faults.ts';

/** Whom a fault is for, before it is known who that is. */
export type Victim =
  | { readonly kind: 'member'; readonly at: number }
  | { readonly kind: 'engine-leader' }
  | { readonly kind: 'leader' };

export interface PlannedFault {
  readonly fault: Fault;
  readonly lastsMs: number;
}

export type Round =
  /** One member is hurt, in one or two of its parts. */
  | {
      readonly kind: 'one';
      readonly victim: Victim;
      readonly faults: readonly PlannedFault[];
      /** Under which name the gap of writes counts. */
      readonly measured?: string;
    }
  /** The same to these members at once: most or all of them, so that writes wait. */
  | {
      readonly kind: 'most';
      readonly members: readonly number[];
      readonly faults: readonly PlannedFault[];
    };

/** Rounds that every run has, in turn; all others are drawn. */
export interface FixedRounds {
  readonly killed: Fault;
  readonly paused: Fault;
  readonly stopped: Fault;
  readonly late: Fault;
}

const FIXED_EVERY = 4;
const MOST_EVERY = 8;
const PAUSED_MS = 10_000;

export function planRound(number: number, { faults, fixed, random }: PlanOptions): Round {
  if (number % FIXED_EVERY === 1) return fixedRound(Math.floor(number / FIXED_EVERY), fixed);
  if (random(MOST_EVERY) === 0) return roundOfMost(faults, random);
  const first = draw(faults, random);
  const others = faults.filter(
    ({ parts }) => !parts.some((part) => first.fault.parts.includes(part)),
  );
  const second = random(3) === 0 && others.length > 0 ? [draw(others, random)] : [];
  return { kind: 'one', victim: drawVictim(random), faults: [first, ...second] };
}

export interface PlanOptions {
  readonly faults: readonly Fault[];
  readonly fixed: FixedRounds;
  readonly random: Random;
}

function fixedRound(turn: number, { killed, paused, stopped, late }: FixedRounds): Round {
  const of = (fault: Fault, lastsMs: number, measured: string): Round => {
    return {
      kind: 'one',
      victim: { kind: 'engine-leader' },
      faults: [{ fault, lastsMs }],
      measured,
    };
  };
  const rounds: readonly Round[] = [
    of(killed, 0, 'engine leader killed'),
    of(paused, PAUSED_MS, 'engine leader paused'),
    of(stopped, 0, 'engine leader stopped gracefully'),
    { kind: 'one', victim: { kind: 'leader' }, faults: [{ fault: late, lastsMs: late.msMin }] },
  ];
  return rounds[turn % rounds.length]!;
}

function roundOfMost(faults: readonly Fault[], random: Random): Round {
  const all = [0, 1, 2];
  const spared = random(4);
  const members = all.filter((at) => at !== spared);
  return { kind: 'most', members, faults: [draw(faults, random)] };
}

function draw(faults: readonly Fault[], random: Random): PlannedFault {
  const fault = faults[random(faults.length)]!;
  return { fault, lastsMs: fault.msMin + random(fault.msMax - fault.msMin + 1) };
}

function drawVictim(random: Random): Victim {
  const lot = random(5);
  if (lot === 3) return { kind: 'engine-leader' };
  return lot === 4 ? { kind: 'leader' } : { kind: 'member', at: lot };
}
