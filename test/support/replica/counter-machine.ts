/** A state machine that remembers every command it applied, so that loss and repetition show. */

import type { StateMachine } from '../../../replica/core/replica.ts';

export interface CounterState {
  total: number;
  /** The names of all applied commands, in order. */
  readonly applied: string[];
}

export interface AddCommand {
  readonly name: string;
  readonly amount: number;
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function decode<Value>(bytes: Uint8Array): Value {
  return JSON.parse(new TextDecoder().decode(bytes)) as Value;
}

/** The result is the total so far. */
export const counterMachine: StateMachine<CounterState, AddCommand, number> = {
  initial: () => ({ total: 0, applied: [] }),
  apply(state, { name, amount }) {
    state.total += amount;
    state.applied.push(name);
    return state.total;
  },
  encodeCommand: encode,
  decodeCommand: (bytes) => decode(bytes),
  encodeState: encode,
  decodeState: (bytes) => decode(bytes),
};
