/** Why a service does not run, is not the version someone merged, or is held. */

import type { HeldObject } from '../../../spec/desired-state.ts';
import type { ScopeRecord } from '../../model.ts';
import { isFine } from '../is-fine.ts';
import { allScopes } from '../instance-lookup.ts';
import { formatAgo } from '../render/format-time.ts';
import { packageText } from '../render/words.ts';
import { placeOf } from '../problems.ts';
import type {
  Condition,
  FaultResource,
  InstanceResource,
  ServiceResource,
  WhyFact,
  WhyResource,
} from '../resources.ts';
import { heldObjectOf, scopeInstances, serviceView } from '../service-view.ts';
import { rebuildFacts } from '../rebuild-view.ts';
import type { StatusInput } from '../status-input.ts';
import {
  commitText,
  faultFacts,
  faultsBehind,
  instanceFact,
  nextForInstance,
  packageFacts,
  sourceFact,
} from './why-parts.ts';

const instancesMax = 8;

/** `name`: a scope, or a service; of several scopes the one that is least fine answers. */
export function whyService(input: StatusInput, name: string): WhyResource | undefined {
  const scope = name.includes('/') ? name : worstScope(input, name);
  const view = scope === undefined ? undefined : serviceView(input, scope);
  const service = name.slice(name.indexOf('/') + 1);
  const held = heldObjectOf(input.state.source, service);
  if (view === undefined) return held === undefined ? undefined : whyNeverInForce(input, held);
  return whyView(input, view, held);
}

function worstScope(input: StatusInput, service: string): string | undefined {
  const scopes = allScopes(input.state).filter((scope) => scope.endsWith(`/${service}`));
  const order = ['Down', 'Unknown', 'Degraded', 'Progressing', 'Stopped', 'Healthy'];
  return scopes
    .flatMap((scope) => serviceView(input, scope) ?? [])
    .toSorted((left, right) => order.indexOf(left.health) - order.indexOf(right.health))[0]?.scope;
}

function whyView(
  input: StatusInput,
  view: ServiceResource,
  held: HeldObject | undefined,
): WhyResource {
  const instances = scopeInstances(input, view.scope);
  const record = input.state.scopes.get(view.scope);
  const faults = faultsBehind(input, held);
  const fine = isFine(view);
  const condition = tellingCondition(view);
  return {
    kind: 'service',
    name: view.scope,
    fine,
    verdict: verdictOf(view),
    reason: condition?.reason ?? 'Unknown',
    message: condition?.message ?? '',
    ...(condition?.since !== undefined && { since: condition.since }),
    ...(view.evidenceAt !== undefined && { evidenceAt: view.evidenceAt }),
    facts: [
      gitFact(input, view),
      ...rebuildFacts(input),
      ...faultFacts(faults),
      ...packageFacts(input, record),
      rolloutFact(view, record, instances),
      ...shown(instances).map((instance) => instanceFact(instance, input.now)),
      sourceFact(input),
      { mark: 'ok', label: 'approval', text: 'off: no policy asks for approval' },
    ],
    next: fine ? [] : nextSteps(view, instances, faults),
  };
}

function verdictOf({ sync, health, rollout, state, conditions }: ServiceResource): string {
  const lacksPackage = conditions.some(({ reason }) => reason === 'PackageMissing');
  if (health === 'Unknown') return 'UNKNOWN';
  if (health === 'Down') return 'NOT RUNNING';
  if (rollout === 'Stalled' || lacksPackage) return 'NOT ROLLING';
  if (sync === 'Held') return 'HELD';
  if (health === 'Degraded') return 'DEGRADED';
  if (rollout === 'Rolling') return 'ROLLING';
  return state === 'stopped' ? 'STOPPED' : 'RUNNING';
}

/** The condition that says most: what is in the way, then Git, then health. */
function tellingCondition({ conditions }: ServiceResource): Condition | undefined {
  const find = (type: string) => conditions.find((condition) => condition.type === type);
  const [stalled, held, ready, progressing] = ['Stalled', 'Held', 'Ready', 'Progressing'].map(find);
  if (ready?.status === 'Unknown') return ready;
  if (stalled?.status === 'True') return stalled;
  if (held?.status === 'True') return held;
  if (ready?.status === 'True' && progressing?.status === 'True') return progressing;
  return ready;
}

function gitFact(input: StatusInput, view: ServiceResource): WhyFact {
  const { commit, generation, acceptedAt, origin, state } = view;
  if (origin.path === '') {
    return { mark: 'wait', label: 'git', text: 'no longer in Git; what is left is being stopped' };
  }
  const accepted = `generation ${generation} accepted ${formatAgo(acceptedAt, input.now)}`;
  const asked = state === 'stopped' ? ', asks for it to be stopped' : '';
  const text = `${commitText(input, commit)}, ${accepted}, ${origin.path}:${origin.line}${asked}`;
  return { mark: 'info', label: 'git', text };
}

function rolloutFact(
  view: ServiceResource,
  record: ScopeRecord | undefined,
  instances: readonly InstanceResource[],
): WhyFact {
  const updated = instances.filter(({ sync }) => sync === 'Synced').length;
  const share = `${view.rollout}, ${updated} of ${instances.length} at ${packageText(view.version, undefined)}`;
  if (view.rollout === 'Complete') return { mark: 'ok', label: 'rollout', text: share };
  const { strategy, batch, maxUnavailable } = record?.desired.rollout ?? {};
  const how = strategy === 'rolling' ? ` (batch ${batch}, at most ${maxUnavailable} away)` : '';
  const mark = view.rollout === 'Rolling' ? 'wait' : 'bad';
  return {
    mark,
    label: 'rollout',
    text: `${share}${strategy === undefined ? '' : `, ${strategy}`}${how}`,
  };
}

/** Those that are not fine first; of many alike the first ones speak for all. */
function shown(instances: readonly InstanceResource[]): readonly InstanceResource[] {
  const order = ['Unhealthy', 'Unknown', 'Progressing', 'Healthy', 'Stopped'];
  return instances
    .toSorted((left, right) => order.indexOf(left.health) - order.indexOf(right.health))
    .slice(0, instancesMax);
}

function nextSteps(
  view: ServiceResource,
  instances: readonly InstanceResource[],
  faults: readonly FaultResource[],
): readonly string[] {
  const from = view.origin.path === '' ? '' : `${view.origin.path}:${view.origin.line}`;
  const steps = [
    ...faults
      .slice(0, 3)
      .map((fault) => `fix ${placeOf(fault)}, check with tarsctl validate, commit and push`),
    ...shown(instances).flatMap((instance) => nextForInstance(instance, from)),
  ];
  return [...new Set(steps)].slice(0, 6);
}

/** The object is broken and has no good revision to stay with. */
function whyNeverInForce(input: StatusInput, held: HeldObject): WhyResource {
  const faults = faultsBehind(input, held);
  const because =
    held.because === undefined ? '' : ` It waits for ${held.because.kind} ${held.because.name}.`;
  return {
    kind: 'service',
    name: held.object.name,
    fine: false,
    verdict: 'NEVER IN FORCE',
    reason: held.reason,
    message: `${held.message}${because} It has no good revision yet, so nothing of it runs.`,
    ...(input.state.source !== undefined && { since: input.state.source.appliedAt }),
    facts: [...faultFacts(faults), sourceFact(input)],
    next: faults.map(
      (fault) => `fix ${placeOf(fault)}, check with tarsctl validate, commit and push`,
    ),
  };
}
