/** Grants leases to controllers; a new holder of the leader's lease fences off everyone before it. */

import { applyLease } from '../../replica/core/lease.ts';
import type { TakeLease } from '../commands.ts';
import { leaderLease } from '../leader-lease.ts';
import type { RegistryState } from '../model.ts';
import type { Effects } from './effects.ts';

export function takeLease(state: RegistryState, command: TakeLease, effects: Effects): void {
  const { lease: wish, registryId } = command;
  const { leases } = state;
  state.registryId ??= registryId;
  // Tokens grow on from those that leaders had before there were leases.
  leases.lastToken = Math.max(leases.lastToken, state.fencingToken);
  const result = applyLease(leases, wish, effects.sequence);
  effects.answerLease(result);
  const isNew = result.granted && wish.type === 'acquire-lease';
  if (isNew && wish.name === leaderLease) beginTerm(state, command, effects);
}

/** From here on a command of the leader before is refused, however late it comes. */
function beginTerm(state: RegistryState, { controller, at }: TakeLease, effects: Effects): void {
  const token = state.leases.lastToken;
  const before = state.leader?.controller;
  state.fencingToken = token;
  state.leader = { controller, token, since: at };
  // The same controller after a restart, and the first one of all, are no news.
  if (before === undefined || before === controller) return;
  effects.event({
    reason: 'LeaderChanged',
    severity: 'info',
    subject: { kind: 'Cluster', name: state.cluster?.name ?? '' },
    message: `Controller ${controller} leads now, after ${before}.`,
  });
}
