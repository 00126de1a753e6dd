/** Makes one instance of a service the primary: it holds a lock as long as it renews it in time. */

import type { TakeLock } from '../commands.ts';
import { indexesOf } from '../indexes.ts';
import type { LockRecord, RegistryState } from '../model.ts';
import { isRebuilding } from '../rebuild.ts';
import type { LockAnswer } from '../result.ts';
import type { Effects } from './effects.ts';

/** What asks for more has mixed up its units. */
const timeoutMsMax = 3_600_000;

/**
 * Time is that of the commands, and never goes back. TARS libraries keep their role on answer 2, so
 * an instance that is about to leave is answered like any other until its agent says that it is gone.
 */
export function takeLock(state: RegistryState, command: TakeLock, effects: Effects): void {
  if (!isSound(state, command) || isTooEarly(state, command)) {
    effects.answerLock({ code: 2 });
    return;
  }
  const { locks } = state;
  locks.latestAt = Math.max(locks.latestAt, command.at);
  const held = locks.byService.get(command.service);
  const isFree = held === undefined || held.expiresAt <= locks.latestAt;
  const isHolder = held?.holder === command.node;
  const next = isFree || isHolder ? grant(state, command, held) : dispute(held, command);
  locks.byService.set(command.service, next);
  tell(command.service, { before: held, now: next }, effects);
  effects.answerLock(answerOf(next, command.node));
}

function isSound(state: RegistryState, { service, node, timeoutMs }: TakeLock): boolean {
  const instance = `${service}@${node}`;
  const isKnown = state.targets.has(instance) || state.observed.has(instance);
  return isKnown && Number.isInteger(timeoutMs) && timeoutMs > 0 && timeoutMs <= timeoutMsMax;
}

/** Who was the primary before a rebuild is not known yet: only whoever says so may be it. */
function isTooEarly(state: RegistryState, { service, holderIsMaster }: TakeLock): boolean {
  return isRebuilding(state) && !holderIsMaster && !state.locks.byService.has(service);
}

function grant(
  { locks }: RegistryState,
  { node, timeoutMs }: TakeLock,
  held: LockRecord | undefined,
): LockRecord {
  const expiresAt = locks.latestAt + timeoutMs;
  if (held?.holder === node) return { ...held, expiresAt };
  locks.epoch += 1;
  return { holder: node, epoch: locks.epoch, since: locks.latestAt, expiresAt };
}

/** The holder stays; a second one that takes itself for the primary is remembered. */
function dispute(held: LockRecord, { node, holderIsMaster }: TakeLock): LockRecord {
  if (holderIsMaster) return { ...held, disputedBy: node };
  if (held.disputedBy !== node) return held;
  const { disputedBy: _settled, ...settled } = held;
  return settled;
}

function answerOf({ holder, epoch, expiresAt }: LockRecord, node: string): LockAnswer {
  return { code: holder === node ? 0 : 1, holder, epoch, expiresAt };
}

function tell(
  service: string,
  { before, now }: { readonly before: LockRecord | undefined; readonly now: LockRecord },
  effects: Effects,
): void {
  const subject = { kind: 'Service', name: service };
  if (before?.epoch !== now.epoch) {
    const late = before === undefined ? '' : `; ${before.holder} did not renew its lock in time`;
    const message = `The instance on ${now.holder} is the primary now (epoch ${now.epoch})${late}.`;
    effects.event({ reason: 'PrimaryChanged', severity: 'info', subject, message });
  } else if (now.disputedBy !== undefined && now.disputedBy !== before.disputedBy) {
    const message = `The instance on ${now.disputedBy} takes itself for the primary, but ${now.holder} is it (epoch ${now.epoch}). Look at ${now.disputedBy}: both may have worked at the same time.`;
    effects.event({ reason: 'PrimaryDisputed', severity: 'warning', subject, message });
  }
}

/** What is left of services that are gone. Epochs are not counted by service, so none comes again. */
export function dropLeftLocks(state: RegistryState): void {
  const { scopesByService, targetsByService, observedByService } = indexesOf(state);
  const isLeft = (service: string) =>
    !scopesByService.has(service) &&
    !targetsByService.has(service) &&
    !observedByService.has(service);
  const { byService, latestAt } = state.locks;
  for (const [service, { expiresAt }] of byService) {
    if (expiresAt <= latestAt && isLeft(service)) byService.delete(service);
  }
}
