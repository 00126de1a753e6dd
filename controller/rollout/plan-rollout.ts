/** Decides the next step that brings one scope to what Git asks for: a function to a value. */

import { assert } from '../../errors/assert.ts';
import type { ScopeRecord, TimeMs } from '../../registry/model.ts';
import { describeRebuild, isRebuilding } from '../../registry/rebuild.ts';
import type { InstanceId, ScopeId } from '../../spec/desired-state.ts';
import {
  lingers,
  lostGraceMs,
  placementOf,
  type PlacementInput,
  type Standing,
} from './placement.ts';
import { planRecreate, type Outgoing } from './plan-recreate.ts';
import { planTakeover, spareUnheard, whyKept } from './plan-rebuilt.ts';
import { planRolling } from './plan-rolling.ts';
import {
  nextProgress,
  rolloutStatus,
  type RolloutProgress,
  type RolloutStatus,
} from './rollout-status.ts';
import { type Leaving, type Staying, type Steps } from './steps.ts';
import { wantedTarget, type Packages } from './wanted-target.ts';

export interface RolloutInput extends PlacementInput {
  readonly scope: ScopeId;
  readonly packages: Packages;
  /** From the plan before; `undefined` at the first look. */
  readonly progress: RolloutProgress | undefined;
}

/** Applied once, the next plan from the same reports is empty. */
export interface RolloutPlan extends Steps {
  /** `undefined` once nothing is left of a scope that was taken out of Git. */
  readonly status: RolloutStatus | undefined;
  readonly progress: RolloutProgress | undefined;
  /** When time alone can change the plan or the status. */
  readonly wakeAt?: TimeMs;
}

const nothing: Steps = { upsert: [], remove: [] };

export function planRollout(input: RolloutInput): RolloutPlan {
  const placement = placementOf(input, input.scope);
  const record = input.state.scopes.get(input.scope);
  if (record === undefined) return planRemoval(input, placement);
  const { missing, steps } = planSteps(input, record, placement);
  const progress = nextProgress(input.progress, placement, record, input.now);
  const deadline = progress.at + record.desired.rollout.progressDeadlineMs;
  const isOverdue = input.now >= deadline;
  const rebuilding = isRebuilding(input.state) ? describeRebuild(input.state) : undefined;
  const status = rolloutStatus(record, placement, { missing, isOverdue, rebuilding });
  const wakeAt = status.phase === 'settled' ? undefined : nextMoment(input, placement, deadline);
  return { ...steps, status, progress, ...(wakeAt === undefined ? {} : { wakeAt }) };
}

function planRemoval({ state, scope }: RolloutInput, placement: readonly Standing[]): RolloutPlan {
  const kept = placement.length === 0 ? undefined : whyKept(state, scope);
  if (kept !== undefined) {
    const total = placement.length;
    const reason = isRebuilding(state) ? 'Rebuilding' : 'Held';
    const status = { scope, generation: 0, phase: 'waiting', reason, message: kept } as const;
    return { ...nothing, status: { ...status, total, done: 0 }, progress: undefined };
  }
  const remove = placement.map(({ instance }) => instance);
  const message = `${remove.length} instances of a scope that is not in Git any more.`;
  const head = { scope, generation: 0, total: 0, done: 0, message };
  const status =
    remove.length === 0
      ? undefined
      : ({ ...head, phase: 'rolling', reason: 'Removing' } satisfies RolloutStatus);
  return { upsert: [], remove, status, progress: undefined };
}

function planSteps(
  input: RolloutInput,
  record: ScopeRecord,
  placement: readonly Standing[],
): { readonly steps: Steps; readonly missing: string | undefined } {
  const { staying, missing, lacking } = wantedOf(input, record, placement);
  const isPartly = record.desired.rollout.strategy === 'rolling' && lacking.size < staying.length;
  if (isRebuilding(input.state)) {
    const there = staying.filter(({ instance }) => !lacking.has(instance));
    return { steps: planTakeover(input.state, there), missing };
  }
  // Not even in part: a revision whose package is not there would stop half-way.
  if (missing !== undefined && !isPartly) return { steps: nothing, missing };
  const leaving = placement.filter(({ desired }) => desired === undefined).map(asLeaving);
  const isLingering = lingers(input, record);
  const chosen = chooseSteps(record, staying, { leaving, isLingering });
  const upsert = chosen.upsert.filter(({ instance }) => !lacking.has(instance));
  const remove = missing === undefined ? chosen.remove : [];
  return { steps: spareUnheard(input.state, { upsert, remove }), missing };
}

interface WantedInstances {
  readonly staying: readonly Staying[];
  /** Why a package cannot be had, of the first instance that lacks one. */
  readonly missing: string | undefined;
  /** Instances whose package cannot be had on their node. */
  readonly lacking: ReadonlySet<InstanceId>;
}

function wantedOf(
  input: RolloutInput,
  record: ScopeRecord,
  placement: readonly Standing[],
): WantedInstances {
  const staying: Staying[] = [];
  const lacking = new Set<InstanceId>();
  let missing: string | undefined;
  for (const standing of placement) {
    const { desired, target } = standing;
    if (desired === undefined) continue;
    const wanted = wantedTarget(record, desired, target, input.packages);
    // What cannot be had is not wanted yet: the instance stays as it is.
    const isLacking = wanted.missing !== undefined;
    if (isLacking) lacking.add(standing.instance);
    missing ??= wanted.missing;
    staying.push({ ...standing, wanted: (isLacking ? target : undefined) ?? wanted.target });
  }
  return { staying, missing, lacking };
}

function asLeaving(standing: Standing): Leaving {
  const { target } = standing;
  assert(target !== undefined, `${standing.instance} is neither asked for nor there`);
  return { ...standing, target };
}

function chooseSteps(record: ScopeRecord, staying: readonly Staying[], outgoing: Outgoing): Steps {
  const { state, rollout } = record.desired;
  if (state === 'stopped' || staying.length === 0) {
    return {
      upsert: staying.filter(({ wanted, target }) => wanted !== target).map(({ wanted }) => wanted),
      remove: outgoing.leaving.map(({ instance }) => instance),
    };
  }
  if (rollout.strategy === 'recreate') return planRecreate(staying, outgoing, record);
  return planRolling(staying, outgoing.leaving, rollout);
}

/** The progress deadline, or the moment at which a lost node is no longer waited for. */
function nextMoment(
  { state, now }: RolloutInput,
  placement: readonly Standing[],
  deadline: TimeMs,
): TimeMs | undefined {
  const moments = [deadline];
  for (const { node, desired, target } of placement) {
    if (node !== 'lost') continue;
    const session = state.sessions.get(desired?.node ?? target?.node ?? '');
    if (session !== undefined) moments.push(session.since + lostGraceMs + 1);
  }
  const ahead = moments.filter((moment) => moment > now);
  return ahead.length === 0 ? undefined : Math.min(...ahead);
}
