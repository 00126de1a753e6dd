/** Takes the leader's next step into the registry: what agents must bring about. */

import type { SetTargets } from '../commands.ts';
import { dropTarget, putTarget } from '../indexes.ts';
import type { InstanceTarget, RegistryState } from '../model.ts';
import type { RegistryRefused } from '../result.ts';
import { keepIdentity } from '../same-data.ts';
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
  const shared = shareContent(target, record.desired.revisions[target.revision], old);
  const kept = keepIdentity(old, shared);
  if (kept === old) return false;
  putTarget(state, kept);
  effects.targetChanged({ instance: target.instance, node: target.node });
  effects.scopeChanged(target.scope);
  if (old !== undefined && old.scope !== target.scope) effects.scopeChanged(old.scope);
  return true;
}

/** Thousands of instances of one revision hold its content once. */
function shareContent(
  target: InstanceTarget,
  fromScope: InstanceTarget['content'] | undefined,
  old: InstanceTarget | undefined,
): InstanceTarget {
  const fromOld = old?.revision === target.revision ? old.content : undefined;
  const content = fromScope ?? fromOld;
  return content === undefined ? target : { ...target, content };
}
