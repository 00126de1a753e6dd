/** Opens and ends the making of a registry from Git and from what agents tell. */

import { counted } from '../../spec/wording/counted.ts';
import type { BeginRebuild, EndRebuild } from '../commands.ts';
import { strayInstances } from '../asked-for.ts';
import { nodeOfInstance } from '../instance-id.ts';
import { leaderLease } from '../leader-lease.ts';
import type { InstanceTarget, RebuildRecord, RegistryState } from '../model.ts';
import { isRebuilding, unheardNodes } from '../rebuild.ts';
import type { RegistryRefused } from '../result.ts';
import { touchNode } from './apply-commit.ts';
import { refuse, type Effects } from './effects.ts';
import { checkFencingToken } from './fencing.ts';

/** A leader may have been chosen already: it has done nothing yet, and takes a greater token. */
export function beginRebuild(
  state: RegistryState,
  command: BeginRebuild,
  effects: Effects,
): RegistryRefused | undefined {
  const { at, controller, waitMs, registryId } = command;
  const there = whatIsThere(state);
  if (there !== undefined) {
    return refuse('REBUILD_NOT_EMPTY', `A rebuild begins with nothing, and ${there}.`);
  }
  state.registryId = registryId;
  state.rebuild = { beganAt: at, controller, waitMs, heard: new Set() };
  raiseTokens(state, Math.ceil(at));
  effects.event({
    reason: 'RebuildBegan',
    severity: 'warning',
    subject: { kind: 'Cluster', name: '' },
    message: `Controller ${controller} makes the registry anew from Git and from what agents tell. Tokens and epochs begin above ${Math.ceil(at)}.`,
  });
  return undefined;
}

function whatIsThere(state: RegistryState): string | undefined {
  const { rebuild, source, nodes, sessions, targets, observed } = state;
  if (rebuild !== undefined) {
    const how = rebuild.ended === undefined ? 'is open' : 'has ended';
    return `controller ${rebuild.controller} began this registry with a rebuild already, which ${how}`;
  }
  if (source !== undefined) return `commit ${source.commit} is in force`;
  const some = nodes.size + sessions.size + targets.size + observed.size > 0;
  return some ? 'there are nodes and instances in the registry' : undefined;
}

/** What is given out from now on is above `floor`, and what was given out below it counts no more. */
export function raiseTokens(state: RegistryState, floor: number): void {
  const { leases, locks } = state;
  leases.lastToken = Math.max(leases.lastToken, floor);
  state.fencingToken = Math.max(state.fencingToken, floor);
  const leader = leases.leases.get(leaderLease);
  // Whoever leads asks again at once.
  if (leader !== undefined && leader.token <= floor) leases.leases.delete(leaderLease);
  locks.epoch = Math.max(locks.epoch, floor);
  for (const [service, lock] of [...locks.byService].toSorted(byName)) {
    if (lock.epoch > floor) continue;
    locks.epoch += 1;
    locks.byService.set(service, { ...lock, epoch: locks.epoch });
  }
}

function byName([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}

/** What nobody asks for is taken away from here on, and rollouts go on. */
export function endRebuild(
  state: RegistryState,
  command: EndRebuild,
  effects: Effects,
): RegistryRefused | undefined {
  const { at, fencingToken, why } = command;
  const { rebuild } = state;
  if (rebuild === undefined || !isRebuilding(state)) {
    return refuse('REBUILD_NOT_OPEN', 'No rebuild is open.');
  }
  const refused = fencingToken === undefined ? undefined : checkFencingToken(state, fencingToken);
  if (refused !== undefined) return refused;
  const ended = { ...rebuild, ended: { at, why } };
  state.rebuild = ended;
  for (const node of [...state.nodes.keys(), ...state.sessions.keys()]) {
    touchNode(state, node, effects);
  }
  for (const scope of state.scopes.keys()) effects.scopeChanged(scope);
  for (const { scope } of state.targets.values()) effects.scopeChanged(scope);
  for (const instance of strayInstances(state)) {
    effects.stray({ instance, node: nodeOfInstance(instance) });
  }
  effects.event(describeEnd(state, ended));
  return undefined;
}

const words = {
  'all-heard': 'every node in Git was heard',
  time: 'the time to wait is over',
  operator: 'the operator ended it',
} as const;

const namesMax = 10;

function describeEnd(state: RegistryState, { heard, ended }: RebuildRecord) {
  const targets = [...state.targets.values()];
  const asked = targets.filter((target) => askedRevision(state, target) === target.revision);
  const other = targets.filter(
    (target) => ![undefined, target.revision].includes(askedRevision(state, target)),
  );
  const left = targets.length - asked.length - other.length + strayInstances(state).length;
  const unheard = unheardNodes(state);
  const names = unheard.slice(0, namesMax).join(', ');
  const more = unheard.length > namesMax ? ` and ${unheard.length - namesMax} more` : '';
  const missing =
    unheard.length === 0
      ? ''
      : ` Not heard: ${names}${more}; nothing on them is changed before they are.`;
  return {
    reason: 'RebuildEnded',
    severity: unheard.length === 0 ? ('info' as const) : ('warning' as const),
    subject: { kind: 'Cluster', name: state.cluster?.name ?? '' },
    message: `The rebuild ended: ${words[ended?.why ?? 'operator']}. ${counted(heard.size, 'node')} told what they run: ${counted(asked.length, 'instance')} as Git asks, ${other.length} at another revision, ${left} that Git does not ask for.${missing}`,
  };
}

/** What Git asks of the very instance; `undefined` when it does not ask for it. */
function askedRevision(state: RegistryState, { instance, node, service }: InstanceTarget) {
  const scope = state.scopes.get(`${state.nodes.get(node)?.dataCenter}/${service}`);
  return scope?.desired.instances.find((asked) => asked.instance === instance)?.revision;
}
