/** The registry as a deterministic state machine: the same commands make the same state everywhere. */

import { emptyLeaseState } from '../replica/core/lease.ts';
import type { StateMachine } from '../replica/core/replica.ts';
import { applyCommit } from './apply/apply-commit.ts';
import { Effects } from './apply/effects.ts';
import { beginRebuild, endRebuild } from './apply/rebuild.ts';
import { reportHeld } from './apply/report-held.ts';
import { reportObserved } from './apply/report-observed.ts';
import { doubtSessions, loseSession, openSession } from './apply/sessions.ts';
import { setTargets } from './apply/set-targets.ts';
import { takeLease } from './apply/take-lease.ts';
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
import { noteTargetChanges } from './target-delta.ts';

export function initialRegistryState(): RegistryState {
  return {
    registryId: undefined,
    fencingToken: 0,
    leases: emptyLeaseState(),
    leader: undefined,
    cluster: undefined,
    source: undefined,
    topology: undefined,
    nodes: new Map(),
    scopes: new Map(),
    targets: new Map(),
    targetsChanged: new Map(),
    observed: new Map(),
    sessions: new Map(),
    locks: { latestAt: 0, epoch: 0, byService: new Map() },
    rebuild: undefined,
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
    case 'doubt-sessions':
      doubtSessions(state, command, effects);
      return undefined;
    case 'lease':
      takeLease(state, command, effects);
      return undefined;
    case 'begin-rebuild':
      return beginRebuild(state, command, effects);
    case 'end-rebuild':
      return endRebuild(state, command, effects);
    case 'report-held':
      return reportHeld(state, command, effects);
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
  const { changes, answers } = effects;
  noteTargetChanges(state, changes, sequence);
  const events = effects.writeEvents(state);
  return { accepted: true, events, changes, ...answers };
}

export const registryMachine: StateMachine<RegistryState, RegistryCommand, RegistryResult> = {
  initial: initialRegistryState,
  apply,
  encodeCommand: encodeRegistryCommand,
  decodeCommand: decodeRegistryCommand,
  encodeState: encodeRegistryState,
  decodeState: decodeRegistryState,
};
