/** A counter that remembers every command, and obeys no leader that was replaced. */

import type { StateMachine } from '../../../replica/core/replica.ts';
import { counterMachine, type AddCommand, type CounterState } from '../replica/counter-machine.ts';
import type { Domain } from './domain.ts';

export interface FencedCounter extends CounterState {
  highestToken: number;
}

export interface FencedAdd extends AddCommand {
  /** Absent in commands that anybody may send. */
  readonly token?: number;
}

export interface FencedTotal {
  readonly accepted: boolean;
  readonly total: number;
}

const text = {
  encode: (value: unknown) => new TextEncoder().encode(JSON.stringify(value)),
  decode: (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)),
};

const fencedCounterMachine: StateMachine<FencedCounter, FencedAdd, FencedTotal> = {
  initial: () => ({ ...counterMachine.initial(), highestToken: 0 }),
  apply(state, command, sequence) {
    const { token } = command;
    if (token !== undefined && token < state.highestToken) {
      return { accepted: false, total: state.total };
    }
    if (token !== undefined) state.highestToken = token;
    return { accepted: true, total: counterMachine.apply(state, command, sequence) };
  },
  encodeCommand: text.encode,
  decodeCommand: (bytes) => text.decode(bytes) as FencedAdd,
  encodeState: text.encode,
  decodeState: (bytes) => text.decode(bytes) as FencedCounter,
};

export const counterDomain: Domain<FencedCounter, FencedAdd, FencedTotal> = {
  name: 'counter',
  compareEvery: 1,
  machine: fencedCounterMachine,
  draw(draw, { id, token }) {
    const add = { name: id, amount: draw.between(1, 9) };
    return draw.chance(0.6) ? { ...add, token } : add;
  },
  tokenOf: ({ token }) => token,
  isAccepted: ({ accepted }) => accepted,
};
