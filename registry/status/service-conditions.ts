/** The conditions of a service: Ready and Progressing; Stalled and Held only while they are so. */

import type { HeldObject } from '../../spec/desired-state.ts';
import type { ScopeRecord, TimeMs } from '../model.ts';
import { lastProgressAt } from './health.ts';
import { counted } from '../../spec/wording/counted.ts';
import type {
  Condition,
  ConditionStatus,
  InstanceResource,
  RolloutPhase,
  ServiceHealth,
} from './resources.ts';
import type { StatusInput } from './status-input.ts';

export interface ServiceFacts {
  readonly input: StatusInput;
  readonly record: ScopeRecord;
  readonly instances: readonly InstanceResource[];
  readonly health: ServiceHealth;
  readonly rollout: RolloutPhase;
  readonly held: HeldObject | undefined;
}

export function serviceConditions(facts: ServiceFacts): readonly Condition[] {
  const { rollout } = facts;
  return [
    ...(facts.held === undefined ? [] : [held(facts, facts.held)]),
    ready(facts),
    progressing(facts),
    ...(rollout === 'Stalled' || rollout === 'Waiting' ? [stalled(facts)] : []),
  ];
}

type Saying = Pick<Condition, 'status' | 'reason' | 'message'> & { readonly since?: TimeMs };

function condition(type: string, { record, instances }: ServiceFacts, saying: Saying): Condition {
  const generations = instances.map(({ generation }) => generation ?? record.generation);
  const evidence = instances.map(({ evidenceAt }) => evidenceAt ?? 0);
  const oldest = Math.min(...evidence);
  return {
    type,
    ...saying,
    observedGeneration: Math.min(record.generation, ...generations),
    ...(evidence.length > 0 && oldest > 0 && { evidenceAt: oldest }),
  };
}

const readyStatus: Readonly<Record<ServiceHealth, ConditionStatus>> = {
  Healthy: 'True',
  Progressing: 'False',
  Degraded: 'False',
  Down: 'False',
  Stopped: 'False',
  Unknown: 'Unknown',
};

/** The instance whose reason tells most about the service. */
function worstInstance(instances: readonly InstanceResource[]): InstanceResource | undefined {
  const order = ['Unhealthy', 'Unknown', 'Progressing', 'Stopped', 'Healthy'];
  return instances.toSorted(
    (left, right) => order.indexOf(left.health) - order.indexOf(right.health),
  )[0];
}

function ready(facts: ServiceFacts): Condition {
  const { instances, health, record } = facts;
  const status = readyStatus[health];
  const asked = instances.filter(({ wanted }) => wanted !== 'removed');
  if (health === 'Stopped') {
    const message = 'Git asks for it to be stopped.';
    const since = record.acceptedAt;
    return condition('Ready', facts, { status, reason: 'Stopped', message, since });
  }
  const fit = asked.filter((instance) => instance.health === 'Healthy');
  if (health === 'Healthy') {
    const since = Math.max(record.acceptedAt, ...fit.map((instance) => instance.since ?? 0));
    const message =
      asked.length === 1
        ? 'It runs and is ready.'
        : `All ${asked.length} instances run and are ready.`;
    return condition('Ready', facts, { status, reason: 'AllReady', message, since });
  }
  const worst = worstInstance(asked.length > 0 ? asked : instances);
  const share =
    asked.length > 0
      ? `${fit.length} of ${asked.length} instances ready`
      : `${counted(instances.length, 'instance')} left`;
  return condition('Ready', facts, {
    status,
    reason: worst?.reason ?? 'Empty',
    message: worst === undefined ? share : `${share}. ${worst.id}: ${worst.message}`,
    ...(worst?.since !== undefined && { since: worst.since }),
  });
}

function progressing(facts: ServiceFacts): Condition {
  const { rollout, instances, record } = facts;
  const current = instances.filter(({ sync }) => sync === 'Synced').length;
  const share = `${current} of ${instances.length} instances are at generation ${record.generation}`;
  const since = lastProgressAt(record, instances);
  if (rollout === 'Complete') {
    const message = `${share}.`;
    return condition('Progressing', facts, { status: 'False', reason: 'Complete', message, since });
  }
  const status = rollout === 'Rolling' ? 'True' : 'False';
  return condition('Progressing', facts, { status, reason: rollout, message: `${share}.`, since });
}

function stalled(facts: ServiceFacts): Condition {
  const { input, instances, record } = facts;
  const open = instances.filter(({ sync, health }) => sync !== 'Synced' || health !== 'Healthy');
  const missing = open.find(({ reason }) => reason === 'PackageMissing');
  const worst = missing ?? worstInstance(open);
  const since = worst?.since ?? lastProgressAt(record, instances);
  const led = input.facts.rolloutOf(record.desired.scope);
  if (led?.phase === 'stalled' && worst?.health !== 'Unhealthy') {
    const { reason, message } = led;
    return condition('Stalled', facts, { status: 'True', reason, message, since });
  }
  return condition('Stalled', facts, {
    status: 'True',
    reason: worst?.reason ?? 'NoProgress',
    message: worst === undefined ? 'It makes no progress.' : `${worst.id}: ${worst.message}`,
    since,
  });
}

function held(facts: ServiceFacts, object: HeldObject): Condition {
  const because =
    object.because === undefined
      ? ''
      : ` It waits for ${object.because.kind} ${object.because.name}.`;
  // Faults are phrases; what follows is a sentence.
  const message = object.message.replace(/[^.!?]$/, '$&.');
  return condition('Held', facts, {
    status: 'True',
    reason: object.reason,
    message: `${message}${because} The last good revision stays in force.`,
    ...(facts.input.state.source !== undefined && { since: facts.input.state.source.appliedAt }),
  });
}
