/** A state machine that keeps leases next to the state of another one. */

import {
  applyLease,
  type LeaseCommand,
  type LeaseResult,
  type LeaseState,
} from '../../../replica/core/lease.ts';
import { leaseMachine } from '../../../replica/core/lease-machine.ts';
import type { StateMachine } from '../../../replica/core/replica.ts';

export interface WithLeases<State> {
  readonly leases: LeaseState;
  readonly work: State;
}

export type LeasedCommand<Command> =
  | { readonly kind: 'lease'; readonly lease: LeaseCommand }
  | { readonly kind: 'work'; readonly work: Command };

export type LeasedResult<Result> =
  | { readonly kind: 'lease'; readonly lease: LeaseResult }
  | { readonly kind: 'work'; readonly work: Result };

export type LeasedMachine<State, Command, Result> = StateMachine<
  WithLeases<State>,
  LeasedCommand<Command>,
  LeasedResult<Result>
>;

const LENGTH_BYTES = 4;

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(LENGTH_BYTES + head.length + tail.length);
  new DataView(bytes.buffer).setUint32(0, head.length);
  bytes.set(head, LENGTH_BYTES);
  bytes.set(tail, LENGTH_BYTES + head.length);
  return bytes;
}

function split(bytes: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = LENGTH_BYTES + view.getUint32(0);
  return [bytes.slice(LENGTH_BYTES, end), bytes.slice(end)];
}

const nothing = new Uint8Array();

export function machineWithLeases<State, Command, Result>(
  machine: StateMachine<State, Command, Result>,
): LeasedMachine<State, Command, Result> {
  return {
    initial: () => ({ leases: leaseMachine.initial(), work: machine.initial() }),
    apply: (state, command, sequence) =>
      command.kind === 'lease'
        ? { kind: 'lease', lease: applyLease(state.leases, command.lease, sequence) }
        : { kind: 'work', work: machine.apply(state.work, command.work, sequence) },
    encodeCommand: (command) =>
      command.kind === 'lease'
        ? joined(leaseMachine.encodeCommand(command.lease), nothing)
        : joined(nothing, machine.encodeCommand(command.work)),
    decodeCommand(bytes) {
      const [lease, work] = split(bytes);
      return lease.length > 0
        ? { kind: 'lease', lease: leaseMachine.decodeCommand(lease) }
        : { kind: 'work', work: machine.decodeCommand(work) };
    },
    encodeState: ({ leases, work }) =>
      joined(leaseMachine.encodeState(leases), machine.encodeState(work)),
    decodeState(bytes) {
      const [leases, work] = split(bytes);
      return { leases: leaseMachine.decodeState(leases), work: machine.decodeState(work) };
    },
  };
}
