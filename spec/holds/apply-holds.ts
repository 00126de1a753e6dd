/**
 * What a commit asks for as a whole: what it says itself, and the last good revision of what it
 * holds back. A broken or unreadable file removes nothing and changes nothing that depends on it.
 */

import type { DesiredState, HeldObject } from '../desired-state.ts';
import type { InForce, Resolved } from '../resolve/resolved.ts';
import { collectHolds } from './collect-holds.ts';
import { keepLastGood } from './keep-last-good.ts';

export interface CommitOutcome {
  readonly desired: DesiredState;
  /** Sorted by kind and name. */
  readonly held: readonly HeldObject[];
}

/** `inForce` is only looked at when something is held. */
export function applyHolds(inForce: InForce, resolved: Resolved): CommitOutcome {
  if (resolved.held.length === 0 && resolved.unreadable.length === 0) {
    return { desired: resolved.desired, held: resolved.held };
  }
  const holds = collectHolds(inForce, resolved);
  const desired = keepLastGood(inForce, resolved, holds);
  const keys = [...holds.objects.keys()].toSorted();
  return { desired, held: keys.flatMap((key) => holds.objects.get(key) ?? []) };
}
