/** Takes the leader's next step into the registry: what agents must bring about. */

import type { SetTargets } from '../commands.ts';
import { dropTarget, putTarget } from '../indexes.ts';
import type { InstanceTarget, RegistryState } from '../model.ts';
import type { RegistryRefused } from '../result.ts';
import { sameData } from '../same-data.ts';
import { contentInScope, withoutSources } from '../shared-content.ts';
import type { Effects } from './effects.ts';
import { checkFencingToken } from './fencing.ts';

/** Targets of a generation that a newer commit has overtaken are left out. */
export function setTargets(
  state: RegistryState,
  command: SetTargets,
  effects: Effects,
): RegistryRefused | undefined {
  const refused = checkFencingToken(state, command.fencingToken);
  if (refused !== undefined) return refused;
  const touched = new Map<string, number>();
  for (const target of command.upsert) {
    if (upsertTarget(state, target, effects)) count(touched, target.scope);
  }
  for (const instance of command.remove) {
    const old = state.targets.get(instance);
    if (old === undefined) continue;
    dropTarget(state, instance);
    effects.targetChanged({ instance, node: old.node });
    effects.scopeChanged(old.scope);
    count(touched, old.scope);
  }
  for (const [scope, changed] of touched) {
    effects.event({
      reason: 'TargetsSet',
      severity: 'info',
      subject: { kind: 'Scope', name: scope },
      message: `${changed === 1 ? '1 instance' : `${changed} instances`}: ${command.reason}`,
    });
  }
  return undefined;
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function upsertTarget(state: RegistryState, target: InstanceTarget, effects: Effects): boolean {
  const record = state.scopes.get(target.scope);
  if (record === undefined || record.generation !== target.generation) return false;
  const old = state.targets.get(target.instance);
  const known = old?.revision === target.revision ? old.content : undefined;
  const content =
    contentInScope(record, target.revision) ?? known ?? withoutSources(target.content);
  const shared = { ...target, content };
  if (old !== undefined && isSameTarget(old, shared)) return false;
  putTarget(state, shared);
  effects.targetChanged({ instance: target.instance, node: target.node });
  effects.scopeChanged(target.scope);
  if (old !== undefined && old.scope !== target.scope) effects.scopeChanged(old.scope);
  return true;
}

/** The revision stands for the content: what is in it for people alone makes no new target. */
function isSameTarget(old: InstanceTarget, next: InstanceTarget): boolean {
  return sameData({ ...old, content: undefined }, { ...next, content: undefined });
}
