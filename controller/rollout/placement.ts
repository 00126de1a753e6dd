/** How each instance of a scope stands: what it should be, what it was told, what is known of it. */

import { indexesOf, instancesAt } from '../../registry/indexes.ts';
import { nodeOfInstance } from '../../registry/instance-id.ts';
import type {
  InstanceObserved,
  InstanceTarget,
  RegistryState,
  ScopeRecord,
  TimeMs,
} from '../../registry/model.ts';
import type { DesiredInstance, InstanceId, ScopeId } from '../../spec/desired-state.ts';

/** A node that is lost for longer is no longer waited for. */
export const lostGraceMs = 60_000;

/** What this process itself has heard from agents; the registry may hold what an earlier one heard. */
export interface AgentEvidence {
  /** The agent is connected, and everything on the node was reported since it connected. */
  hasReported(node: string): boolean;
  /** Called when that becomes true. Returns the unsubscriber. */
  onReported(listener: (node: string) => void): () => void;
}

export type HasReported = AgentEvidence['hasReported'];

/**
 * `alive`: reports. `lost`: silent for a moment, its processes probably run. `absent`: silent for
 * long, never seen, or taken out of Git.
 */
export type NodeStanding = 'alive' | 'lost' | 'absent';

/** Without `target` it is new; without `desired` it leaves. */
export interface Standing {
  readonly instance: InstanceId;
  readonly desired: DesiredInstance | undefined;
  readonly target: InstanceTarget | undefined;
  readonly observed: InstanceObserved | undefined;
  readonly node: NodeStanding;
  /**
   * `up`: runs what it was told, ready, and says so. `down`: certainly serves nobody that a change
   * could hurt. `unclear`: anything else; it counts as down, and is spared as if it were up.
   */
  readonly service: 'up' | 'down' | 'unclear';
}

export interface PlacementInput {
  readonly state: RegistryState;
  readonly now: TimeMs;
  readonly hasReported: HasReported;
}

export function placementOf(input: PlacementInput, scope: ScopeId): readonly Standing[] {
  const { state } = input;
  const desired = new Map(
    (state.scopes.get(scope)?.desired.instances ?? []).map((entry) => [entry.instance, entry]),
  );
  const told = [...instancesAt(indexesOf(state).targetsByScope, scope)];
  const leaving = told.filter((instance) => !desired.has(instance) && !hasMoved(state, instance));
  const instances = [...desired.keys(), ...leaving].toSorted();
  return instances.map((instance) => {
    const entry = desired.get(instance);
    const target = state.targets.get(instance);
    const observed = state.observed.get(instance);
    const name = entry?.node ?? target?.node ?? '';
    const node = state.nodes.has(name) ? nodeStanding(input, name) : 'absent';
    const service = serviceOf(target, observed, { node, isRebuilt: state.rebuild !== undefined });
    return { instance, desired: entry, target, observed, node, service };
  });
}

/** Its node changed data centre: another scope takes the target over, with no restart. */
function hasMoved(state: RegistryState, instance: InstanceId): boolean {
  const target = state.targets.get(instance);
  const node = target === undefined ? undefined : state.nodes.get(target.node);
  if (target === undefined || node === undefined) return false;
  const now = state.scopes.get(`${node.dataCenter}/${target.service}`);
  return now?.desired.instances.some((entry) => entry.instance === instance) ?? false;
}

function nodeStanding({ state, now, hasReported }: PlacementInput, name: string): NodeStanding {
  const session = state.sessions.get(name);
  if (session === undefined) return 'absent';
  // The registry may say `alive` from before a restart of the controller, or from before its report.
  if (session.state === 'alive') return hasReported(name) ? 'alive' : 'lost';
  return now - session.since > lostGraceMs ? 'absent' : 'lost';
}

/** Reports that speak for an earlier target say nothing about what the agent does with this one. */
function serviceOf(
  target: InstanceTarget | undefined,
  observed: InstanceObserved | undefined,
  { node, isRebuilt }: { readonly node: NodeStanding; readonly isRebuilt: boolean },
): Standing['service'] {
  if (target === undefined) return isRebuilt && runsUntold(observed, node) ? 'up' : 'down';
  if (observed === undefined) return 'down';
  if (node !== 'alive') return 'unclear';
  const runs = observed.phase === 'running';
  const isTold = target.state === 'running' && observed.revision === target.revision;
  // What runs is not what it was told to run: the agent takes it down anyway.
  if (!runs || !isTold) return 'down';
  return observed.observedGeneration >= target.generation ? 'up' : 'unclear';
}

/** From before a rebuild, and its agent does not hold what it was told. */
function runsUntold(observed: InstanceObserved | undefined, node: NodeStanding): boolean {
  return node === 'alive' && observed?.phase === 'running';
}

/** Whether an instance of the scope still runs that has no target: its agent is stopping it. */
export function lingers(input: PlacementInput, { desired }: ScopeRecord): boolean {
  const { state } = input;
  const known = [...instancesAt(indexesOf(state).observedByService, desired.service)];
  return known.some((instance) => {
    const name = nodeOfInstance(instance);
    if (state.targets.has(instance)) return false;
    if (state.rebuild !== undefined && isAsked(desired, instance)) return false;
    if (state.nodes.get(name)?.dataCenter !== desired.dataCenter) return false;
    if (nodeStanding(input, name) === 'absent') return false;
    return !isOutOfService(state.observed.get(instance));
  });
}

/** After a rebuild it may run without a target, and nobody stops it. */
function isAsked(desired: ScopeRecord['desired'], instance: InstanceId): boolean {
  return desired.instances.some((asked) => asked.instance === instance);
}

/** At what Git asks for, and ready; or stopped, when that is what Git asks. */
export function isDone({ desired, target, observed, service }: Standing, record: ScopeRecord) {
  if (desired === undefined || target === undefined) return false;
  if (target.revision !== desired.revision || target.state !== record.desired.state) return false;
  if (target.generation !== record.generation) return false;
  return target.state === 'running' ? service === 'up' : isStopped(target, observed);
}

/** The agent says that it has stopped the instance, for this very target. */
export function isStopped(target: InstanceTarget, observed: InstanceObserved | undefined): boolean {
  if (observed === undefined) return false;
  const isToldTo = target.state === 'stopped' && observed.observedGeneration >= target.generation;
  return isToldTo && isOutOfService(observed);
}

function isOutOfService(observed: InstanceObserved | undefined): boolean {
  return observed?.phase === 'stopped' || observed?.phase === 'failed';
}
