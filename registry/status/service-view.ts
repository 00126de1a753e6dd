/** One service in one data centre: four axes, kept apart, and the conditions behind them. */

import type { ScopeId } from '../../spec/desired-state.ts';
import type { RegistryState, ScopeRecord, SourceRecord, TimeMs } from '../model.ts';
import { healthOf, rolloutPhaseOf, syncOf, tallyOf, type Tally } from './health.ts';
import { instancesOfScope } from './instance-lookup.ts';
import { describeInstance, gatherInstance } from './instance-view.ts';
import type { InstanceResource, ServiceResource } from './resources.ts';
import { serviceConditions } from './service-conditions.ts';
import type { StatusInput } from './status-input.ts';

/** `undefined` when there is no such scope, and nothing is left of it. */
export function serviceView(input: StatusInput, scope: ScopeId): ServiceResource | undefined {
  const instances = scopeInstances(input, scope);
  const record = input.state.scopes.get(scope) ?? leavingRecord(input.state, scope, instances);
  return record === undefined ? undefined : describeService(input, record, instances);
}

/** The instances of a scope as people see them, sorted by id. */
export function scopeInstances(input: StatusInput, scope: ScopeId): readonly InstanceResource[] {
  const found = [...instancesOfScope(input.state, scope)];
  return found
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([id, asked]) => describeInstance(input, gatherInstance(input, id, asked)));
}

export function describeService(
  input: StatusInput,
  record: ScopeRecord,
  instances: readonly InstanceResource[],
): ServiceResource {
  const { desired } = record;
  const tally = tallyOf(instances);
  const held = heldObjectOf(input.state.source, desired.service);
  const rollout = rolloutPhaseOf(input, record, instances);
  const health = healthOf(record, tally);
  const evidenceAt = oldestEvidence(instances);
  return {
    scope: desired.scope,
    service: desired.service,
    dataCenter: desired.dataCenter,
    labels: desired.labels,
    origin: desired.origin,
    state: desired.state,
    sync: syncOf(held !== undefined, tally),
    health,
    approval: 'off',
    rollout,
    ...releaseOf(input, record),
    digest: desired.digest,
    generation: record.generation,
    commit: record.commit,
    acceptedAt: record.acceptedAt,
    instances: counts(tally),
    ...nextTry(instances),
    ...(evidenceAt !== undefined && { evidenceAt }),
    conditions: serviceConditions({ input, record, instances, health, rollout, held }),
  };
}

function counts({ total, ready, current, unknown }: Tally): ServiceResource['instances'] {
  return { total, ready, current, unknown };
}

export function heldObjectOf(source: SourceRecord | undefined, service: string) {
  return source?.held.find(({ object }) => object.kind === 'Service' && object.name === service);
}

function releaseOf(input: StatusInput, record: ScopeRecord) {
  const [content] = Object.values(record.desired.revisions);
  const release = content?.release;
  if (release === undefined) return {};
  const digest =
    release.digest ?? input.facts.packages.find(release.package, release.version)?.digest;
  return {
    package: release.package,
    version: release.version,
    ...(digest !== undefined && { packageDigest: digest }),
  };
}

function nextTry(instances: readonly InstanceResource[]): { readonly nextTryAt?: TimeMs } {
  const moments = instances.flatMap(({ nextTryAt }) => nextTryAt ?? []);
  return moments.length === 0 ? {} : { nextTryAt: Math.min(...moments) };
}

/** `undefined` as soon as one instance was never heard of. */
function oldestEvidence(instances: readonly InstanceResource[]): TimeMs | undefined {
  let oldest = Number.POSITIVE_INFINITY;
  for (const { evidenceAt } of instances) {
    if (evidenceAt === undefined) return undefined;
    oldest = Math.min(oldest, evidenceAt);
  }
  return Number.isFinite(oldest) ? oldest : undefined;
}

/** A scope that Git no longer has, while some of its instances are still there. */
function leavingRecord(
  state: RegistryState,
  scope: ScopeId,
  instances: readonly InstanceResource[],
): ScopeRecord | undefined {
  const [first] = instances;
  if (first === undefined) return undefined;
  const target = state.targets.get(first.id);
  const desired = {
    scope,
    service: first.service,
    dataCenter: first.dataCenter,
    state: 'stopped' as const,
    digest: target?.revision ?? first.observedRevision ?? '',
    revisions: target === undefined ? {} : { [target.revision]: target.content },
    instances: [],
    rollout: {
      strategy: 'recreate' as const,
      batch: 1,
      maxUnavailable: 1,
      progressDeadlineMs: Number.MAX_SAFE_INTEGER,
    },
    labels: {},
    origin: { path: '', line: 0 },
  };
  const generation = target?.generation ?? 0;
  const acceptedAt = state.source?.appliedAt ?? 0;
  return { desired, generation, commit: target?.commit ?? '', acceptedAt };
}
