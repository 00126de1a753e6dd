/** One instance as people see it: asked for, set, reported, and how old the report is. */

import type { InstanceId } from '../../spec/desired-state.ts';
import { nodeOfInstance, serviceOfInstance } from '../instance-id.ts';
import type { InstanceObserved, InstanceTarget } from '../model.ts';
import { desiredOf, scopeOfInstance, type DesiredOfInstance } from './instance-lookup.ts';
import { instanceTruth, type InstanceTruth } from './instance-truth.ts';
import { nodeEvidence, type NodeEvidence } from './node-evidence.ts';
import type { Condition, InstanceResource } from './resources.ts';
import type { StatusInput } from './status-input.ts';

/** Everything known of one instance, gathered once. */
export interface InstanceFacts {
  readonly id: InstanceId;
  readonly asked: DesiredOfInstance | undefined;
  readonly target: InstanceTarget | undefined;
  readonly observed: InstanceObserved | undefined;
  readonly node: NodeEvidence;
  /** Why the package of the wanted revision cannot be had, and what to do; absent when it can. */
  readonly packageMissing: string | undefined;
}

/** `undefined` when nothing is known of such an instance. */
export function instanceView(input: StatusInput, id: InstanceId): InstanceResource | undefined {
  const facts = gatherInstance(input, id, desiredOf(input.state, id));
  if (facts.asked === undefined && facts.target === undefined && facts.observed === undefined) {
    return undefined;
  }
  return describeInstance(input, facts);
}

export function gatherInstance(
  input: StatusInput,
  id: InstanceId,
  asked: DesiredOfInstance | undefined,
): InstanceFacts {
  return {
    id,
    asked,
    target: input.state.targets.get(id),
    observed: input.state.observed.get(id),
    node: nodeEvidence(input, nodeOfInstance(id)),
    packageMissing: packageMissing(input, id, asked),
  };
}

/** An instance that was told to run this revision already has its package. */
function packageMissing(
  input: StatusInput,
  id: InstanceId,
  asked: DesiredOfInstance | undefined,
): string | undefined {
  const release = asked?.content?.release;
  if (asked?.record.desired.state !== 'running' || release === undefined) return undefined;
  if (input.state.targets.get(id)?.revision === asked.desired.revision) return undefined;
  const { packages } = input.facts;
  const { package: name, version, digest } = release;
  if (packages.find(name, version, digest) !== undefined) return undefined;
  return packages.explainMissing(name, version, digest);
}

/** Services, nodes and lists of one look show the same instances: each is made once. */
const described = new WeakMap<StatusInput, Map<InstanceId, InstanceResource>>();

export function describeInstance(input: StatusInput, facts: InstanceFacts): InstanceResource {
  const known = described.get(input) ?? new Map<InstanceId, InstanceResource>();
  described.set(input, known);
  const found = known.get(facts.id) ?? makeInstance(input, facts);
  known.set(facts.id, found);
  return found;
}

function makeInstance(input: StatusInput, facts: InstanceFacts): InstanceResource {
  const { id, asked, target, observed, node } = facts;
  const truth = instanceTruth(facts);
  const scope = asked?.record.desired.scope ?? scopeOfInstance(input.state, id);
  const generation = asked?.record.generation ?? target?.generation;
  const release = asked?.content?.release ?? target?.content.release;
  const commit = target?.commit ?? asked?.record.commit;
  return {
    id,
    service: serviceOfInstance(id),
    scope,
    dataCenter: scope.slice(0, scope.indexOf('/')),
    node: nodeOfInstance(id),
    wanted: asked === undefined ? 'removed' : asked.record.desired.state,
    ...(release !== undefined && { version: release.version }),
    ...(asked !== undefined && { desiredRevision: asked.desired.revision }),
    ...(target !== undefined && { targetRevision: target.revision }),
    ...(commit !== undefined && { commit }),
    ...(generation !== undefined && { generation }),
    ...reported(observed, node),
    ...truth,
    ...(node.evidenceAt !== undefined && { evidenceAt: node.evidenceAt }),
    conditions: [ready(truth, facts), progressing(truth, facts)],
  };
}

/** What the agent said; the process id of a node without word would be a guess. */
function reported(observed: InstanceObserved | undefined, node: NodeEvidence) {
  const { revision, pid, startedAt, libraryVersion, lastExit, nextTryAt } = observed ?? {};
  const alive = node.state === 'Alive';
  return {
    restarts: observed?.restarts ?? 0,
    endpoints: observed?.endpoints ?? [],
    ...(revision !== undefined && { observedRevision: revision }),
    ...(alive && pid !== undefined && { pid }),
    ...(alive && startedAt !== undefined && { startedAt }),
    ...(libraryVersion !== undefined && { libraryVersion }),
    ...(lastExit !== undefined && { lastExit }),
    ...(alive && nextTryAt !== undefined && { nextTryAt }),
  };
}

function base(truth: InstanceTruth, { observed, node }: InstanceFacts) {
  return {
    reason: truth.reason,
    message: truth.message,
    ...(truth.since !== undefined && { since: truth.since }),
    ...(observed !== undefined && { observedGeneration: observed.observedGeneration }),
    ...(node.evidenceAt !== undefined && { evidenceAt: node.evidenceAt }),
  };
}

function ready(truth: InstanceTruth, facts: InstanceFacts): Condition {
  const { health } = truth;
  const status = health === 'Unknown' ? 'Unknown' : health === 'Healthy' ? 'True' : 'False';
  return { type: 'Ready', status, ...base(truth, facts) };
}

function progressing(truth: InstanceTruth, facts: InstanceFacts): Condition {
  const { health, sync } = truth;
  const moves = health === 'Progressing' || (health !== 'Unhealthy' && sync === 'OutOfSync');
  const status = health === 'Unknown' ? 'Unknown' : moves ? 'True' : 'False';
  return { type: 'Progressing', status, ...base(truth, facts) };
}
