/** How far each instance of a service is on the way to what Git asks for. */

import type { ScopeId } from '../../spec/desired-state.ts';
import type { ScopeRecord } from '../model.ts';
import { lastProgressAt } from './health.ts';
import type { InstanceResource, RolloutResource, RolloutStep } from './resources.ts';
import { describeService, scopeInstances } from './service-view.ts';
import type { StatusInput } from './status-input.ts';

/** `undefined` for a scope that is not in Git. */
export function rolloutView(input: StatusInput, scope: ScopeId): RolloutResource | undefined {
  const record = input.state.scopes.get(scope);
  if (record === undefined) return undefined;
  const instances = scopeInstances(input, scope);
  const service = describeService(input, record, instances);
  const steps = instances.map((instance) => stepOf(instance, record));
  return {
    scope,
    service: service.service,
    dataCenter: service.dataCenter,
    phase: service.rollout,
    strategy: record.desired.rollout.strategy,
    generation: record.generation,
    commit: record.commit,
    digest: service.digest,
    ...(service.version !== undefined && { version: service.version }),
    updated: steps.filter(({ state }) => state === 'updated').length,
    total: steps.length,
    acceptedAt: record.acceptedAt,
    lastProgressAt: lastProgressAt(record, instances),
    steps,
    conditions: service.conditions.filter(({ type }) => type !== 'Held'),
  };
}

function stepOf(instance: InstanceResource, record: ScopeRecord): RolloutStep {
  const { id, node, since, message } = instance;
  return {
    instance: id,
    node,
    state: stepState(instance, record),
    ...(since !== undefined && { since }),
    message,
  };
}

function stepState(instance: InstanceResource, record: ScopeRecord): RolloutStep['state'] {
  const { health, sync, targetRevision, desiredRevision, wanted } = instance;
  if (health === 'Unknown') return 'unknown';
  if (sync === 'Synced' && (health === 'Healthy' || health === 'Stopped')) return 'updated';
  const told = targetRevision === desiredRevision && targetRevision !== undefined;
  if (health === 'Unhealthy' && (told || record.desired.state === 'stopped')) return 'failed';
  return told || wanted !== 'running' ? 'updating' : 'waiting';
}
