/** The service as a state machine: counters, locks, and one text per lock that only its holder writes. */

import {
  applyLease,
  emptyLeaseState,
  type Lease,
  type LeaseCommand,
  type LeaseResult,
  type LeaseState,
  type StateMachine,
} from '../../replica/main.ts';

export interface ServiceState {
  readonly counters: Map<string, number>;
  readonly locks: LeaseState;
  /** What the locks protect. */
  readonly texts: Map<string, ProtectedText>;
}

export interface ProtectedText {
  readonly text: string;
  /** The highest token that wrote; a lower one is refused. */
  readonly token: number;
}

export type ServiceCommand =
  | { readonly type: 'add'; readonly counter: string; readonly amount: number }
  | { readonly type: 'lock'; readonly lease: LeaseCommand }
  | {
      readonly type: 'write';
      readonly lock: string;
      readonly text: string;
      readonly token: number;
    };

/** Refusals are results: a state machine must not throw. */
export type ServiceResult =
  | { readonly type: 'add'; readonly value: number }
  | { readonly type: 'lock'; readonly lease: LeaseResult }
  | { readonly type: 'write'; readonly accepted: boolean };

/** Raise it with every change of the format, and go on reading the older ones. */
const FORMAT = 1;

interface EncodedState {
  readonly format: number;
  readonly counters: readonly (readonly [string, number])[];
  readonly lastToken: number;
  readonly leases: readonly (readonly [string, Lease])[];
  readonly texts: readonly (readonly [string, ProtectedText])[];
}

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const decode = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as unknown;

/** Deterministic: no clock, no randomness, nothing from outside. */
export const counterMachine: StateMachine<ServiceState, ServiceCommand, ServiceResult> = {
  initial: () => ({ counters: new Map(), locks: emptyLeaseState(), texts: new Map() }),
  apply(state, command, sequence) {
    switch (command.type) {
      case 'add': {
        const value = (state.counters.get(command.counter) ?? 0) + command.amount;
        state.counters.set(command.counter, value);
        return { type: 'add', value };
      }
      case 'lock':
        return { type: 'lock', lease: applyLease(state.locks, command.lease, sequence) };
      case 'write': {
        const { lock, text, token } = command;
        const accepted = token >= (state.texts.get(lock)?.token ?? 0);
        if (accepted) state.texts.set(lock, { text, token });
        return { type: 'write', accepted };
      }
    }
  },
  encodeCommand: encode,
  decodeCommand: (bytes) => decode(bytes) as ServiceCommand,
  encodeState({ counters, locks, texts }) {
    const encoded: EncodedState = {
      format: FORMAT,
      counters: [...counters],
      lastToken: locks.lastToken,
      leases: [...locks.leases],
      texts: [...texts],
    };
    return encode(encoded);
  },
  decodeState(bytes) {
    const { format, counters, lastToken, leases, texts } = decode(bytes) as EncodedState;
    // The replica stops with REPLICA_FAILED, and touches nothing that a newer version wrote.
    if (format > FORMAT) throw new Error(`format ${format} is newer than ${FORMAT}`);
    return {
      counters: new Map(counters),
      locks: { lastToken, leases: new Map(leases) },
      texts: new Map(texts),
    };
  },
};
