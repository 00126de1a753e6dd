/** The registry as a deterministic state machine: the same commands make the same state everywhere. */

import type { StateMachine } from '../replica/core/replica.ts';
import { applyCommit } from './apply/apply-commit.ts';
import { Effects } from './apply/effects.ts';
import { reportObserved } from './apply/report-observed.ts';
import { loseSession, openSession } from './apply/sessions.ts';
import { setTargets } from './apply/set-targets.ts';
import { takeLock } from './apply/take-lock.ts';
import {
  decodeRegistryCommand,
  decodeRegistryState,
  encodeRegistryCommand,
  encodeRegistryState,
} from './codec.ts';
import type { RegistryCommand } from './commands.ts';
import type { RegistryState } from './model.ts';
import type { RegistryRefused, RegistryResult } from './result.ts';

export function initialRegistryState(): RegistryState {
  return {
    fencingToken: 0,
    cluster: undefined,
    source: undefined,
    topology: undefined,
    nodes: new Map(),
    scopes: new Map(),
    targets: new Map(),
    observed: new Map(),
    sessions: new Map(),
    locks: { latestAt: 0, epoch: 0, byService: new Map() },
    events: [],
  };
}

function dispatch(
  state: RegistryState,
  command: RegistryCommand,
  effects: Effects,
): RegistryRefused | undefined {
  switch (command.type) {
    case 'apply-commit':
      return applyCommit(state, command, effects);
    case 'set-targets':
      return setTargets(state, command, effects);
    case 'open-session':
      return openSession(state, command, effects);
    case 'lose-session':
      return loseSession(state, command, effects);
    case 'report-observed':
      return reportObserved(state, command, effects);
    case 'take-lock':
      takeLock(state, command, effects);
      return undefined;
  }
}

/** Changes `state` in place, or refuses and changes nothing at all. */
export function apply(
  state: RegistryState,
  command: RegistryCommand,
  sequence: number,
): RegistryResult {
  const effects = new Effects(sequence, command.at);
  const refused = dispatch(state, command, effects);
  if (refused !== undefined) return refused;
  const { changes, lock } = effects;
  const events = effects.writeEvents(state);
  return { accepted: true, events, changes, ...(lock === undefined ? {} : { lock }) };
}

export const registryMachine: StateMachine<RegistryState, RegistryCommand, RegistryResult> = {
  initial: initialRegistryState,
  apply,
  encodeCommand: encodeRegistryCommand,
  decodeCommand: decodeRegistryCommand,
  encodeState: encodeRegistryState,
  decodeState: decodeRegistryState,
};
