/** What one node must be sent between two revisions of the registry. */

import type { InstanceId } from '../spec/desired-state.ts';
import { askedWithoutTarget } from './asked-for.ts';
import { indexesOf, instancesAt } from './indexes.ts';
import type { InstanceTarget, RegistryState } from './model.ts';
import type { RegistryChanges, TargetChange } from './result.ts';

/** More changes than this on one node, and an agent that stood behind them is sent everything. */
export const keptChangesPerNodeMax = 256;

interface NodeChanges {
  /** Changes at or before this sequence are forgotten. */
  forgottenUpTo: number;
  /** Oldest first. */
  readonly changes: { readonly sequence: number; readonly instance: InstanceId }[];
}

/** Which targets changed when, per node; bounded, in memory, from the start of the process on. */
export interface TargetHistory {
  readonly startSequence: number;
  /** By node: its last change before that, as far as the registry remembers it. */
  readonly changedBefore: ReadonlyMap<string, number>;
  readonly nodes: Map<string, NodeChanges>;
}

export interface TargetDelta {
  /** Absent: the full set. */
  readonly base?: number;
  readonly upsert: readonly InstanceTarget[];
  readonly remove: readonly InstanceId[];
  /** In a full set: asked for by Git, and without a target; not to be stopped for the lack of one. */
  readonly keep?: readonly InstanceId[];
}

/** `startSequence`: the state's sequence at the moment that recording begins. */
export function createTargetHistory(
  startSequence: number,
  { targetsChanged }: Pick<RegistryState, 'targetsChanged'>,
): TargetHistory {
  return { startSequence, changedBefore: new Map(targetsChanged), nodes: new Map() };
}

/** Remembers in the state when a node's agent was last told something new. */
export function noteTargetChanges(
  state: RegistryState,
  { targets, strays }: Pick<RegistryChanges, 'targets' | 'strays'>,
  sequence: number,
): void {
  for (const { node } of [...targets, ...strays]) {
    // A node that is forgotten has no agent that holds anything.
    if (state.nodes.has(node) || state.sessions.has(node)) state.targetsChanged.set(node, sequence);
  }
}

/** From this revision on, every change of the node's targets is known. */
function knownFrom({ nodes, changedBefore, startSequence }: TargetHistory, node: string): number {
  return nodes.get(node)?.forgottenUpTo ?? changedBefore.get(node) ?? startSequence;
}

/** Call it for every command that is applied, in order. */
export function recordTargetChanges(
  history: TargetHistory,
  sequence: number,
  changes: readonly TargetChange[],
): void {
  for (const { node, instance } of changes) {
    let known = history.nodes.get(node);
    if (known === undefined) {
      known = { forgottenUpTo: knownFrom(history, node), changes: [] };
      history.nodes.set(node, known);
    }
    known.changes.push({ sequence, instance });
    if (known.changes.length <= keptChangesPerNodeMax) continue;
    known.forgottenUpTo = known.changes.shift()?.sequence ?? known.forgottenUpTo;
  }
}

/** All targets of the node. */
export function fullTargets(state: RegistryState, node: string): TargetDelta {
  return {
    upsert: targetsIn(state, instancesAt(indexesOf(state).targetsByNode, node)),
    remove: [],
    keep: askedWithoutTarget(state, node),
  };
}

/** The changes since `base`, or everything when they are no longer known. */
export function targetDelta(
  state: RegistryState,
  history: TargetHistory,
  node: string,
  base: number,
): TargetDelta {
  const known = history.nodes.get(node);
  if (base < knownFrom(history, node)) return fullTargets(state, node);
  const touched = new Set<InstanceId>();
  // From the newest back: a delta is nearly always the last entry or two.
  for (const change of (known?.changes ?? []).toReversed()) {
    if (change.sequence <= base) break;
    touched.add(change.instance);
  }
  const isHere = (instance: InstanceId) => state.targets.get(instance)?.node === node;
  return {
    base,
    upsert: targetsIn(
      state,
      [...touched].filter((instance) => isHere(instance)),
    ),
    remove: [...touched].filter((instance) => !isHere(instance)).toSorted(),
  };
}

function targetsIn(state: RegistryState, instances: Iterable<InstanceId>) {
  return [...instances]
    .toSorted()
    .map((instance) => state.targets.get(instance))
    .filter((target) => target !== undefined);
}
