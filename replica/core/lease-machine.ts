/** A lock service: leases as a state machine of their own. */

import {
  withFormat,
  withoutFormat,
  type CommandFormats,
  type StoredCommand,
} from './command-format.ts';
import {
  applyLease,
  emptyLeaseState,
  type Lease,
  type LeaseCommand,
  type LeaseResult,
  type LeaseState,
} from './lease.ts';
import type { StateMachine } from './replica.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const formats: CommandFormats<LeaseCommand['type']> = {
  'acquire-lease': 1,
  'renew-lease': 1,
  'release-lease': 1,
};

interface EncodedState {
  readonly lastToken: number;
  readonly leases: readonly (readonly [string, Lease])[];
}

/** Put `applyLease` into a state machine of your own to keep leases next to other state. */
export const leaseMachine: StateMachine<LeaseState, LeaseCommand, LeaseResult> = {
  initial: emptyLeaseState,
  apply: applyLease,
  encodeCommand: (command) => encoder.encode(JSON.stringify(withFormat(formats, command))),
  decodeCommand(bytes) {
    const stored = JSON.parse(decoder.decode(bytes)) as StoredCommand<LeaseCommand>;
    return withoutFormat(formats, stored, 'leases');
  },
  encodeState({ lastToken, leases }) {
    const encoded: EncodedState = { lastToken, leases: [...leases] };
    return encoder.encode(JSON.stringify(encoded));
  },
  decodeState(bytes) {
    const { lastToken, leases } = JSON.parse(decoder.decode(bytes)) as EncodedState;
    return { lastToken, leases: new Map(leases) };
  },
};
