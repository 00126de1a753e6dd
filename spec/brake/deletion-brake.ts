/** Holds a whole commit that would remove more than the cluster allows, until it is confirmed. */

import type { DeletionBrake, DesiredState } from '../desired-state.ts';
import type { Fault } from '../fault.ts';
import { placeOf, refOf } from '../resolve/outcome.ts';
import type { InForce, Resolved } from '../resolve/resolved.ts';
import { counted } from '../wording/counted.ts';
import { findRemovals, type Removals } from './removals.ts';

export interface BrakeVerdict {
  /** Set when nothing of the commit may take effect. */
  readonly holdReason?: { readonly code: 'SPEC_DELETION_HELD'; readonly message: string };
  readonly removals: Removals;
  /** Warnings about a `confirmDelete` that confirms nothing. */
  readonly faults: readonly Fault[];
}

/** `next` is what `applyHolds` gave for `resolved`. */
export function checkDeletionBrake(
  inForce: InForce,
  next: DesiredState,
  resolved: Resolved,
): BrakeVerdict {
  const removals = findRemovals(inForce, next);
  const brake = next.cluster.deletionBrake;
  const earlier = inForce.cluster?.deletionBrake;
  const { confirmDelete } = brake;
  // Valid for the commit that sets it alone: once in force, it is used up.
  const isUsedUp = confirmDelete !== undefined && confirmDelete === earlier?.confirmDelete;
  const isConfirmed = !isUsedUp && confirmDelete === removals.total;
  const limits = strictest(brake, earlier);
  if (exceeds(removals, limits) && !isConfirmed) {
    const message = explain(removals, limits, { next, isUsedUp });
    return {
      holdReason: { code: 'SPEC_DELETION_HELD', message },
      removals,
      faults: isUsedUp ? staleFaults(resolved, 'it was used by an earlier commit') : [],
    };
  }
  if (confirmDelete === undefined || isConfirmed) return { removals, faults: [] };
  const why = isUsedUp
    ? 'it was used by an earlier commit'
    : `this commit removes ${removals.total} objects, which needs no confirmation`;
  return { removals, faults: staleFaults(resolved, why) };
}

type Limits = Pick<DeletionBrake, 'maxServices' | 'maxInstances' | 'maxNodes'>;

/** A commit cannot lift the brake that it is checked by. */
function strictest(next: Limits, inForce: Limits | undefined): Limits {
  if (inForce === undefined) return next;
  return {
    maxServices: Math.min(next.maxServices, inForce.maxServices),
    maxInstances: Math.min(next.maxInstances, inForce.maxInstances),
    maxNodes: Math.min(next.maxNodes, inForce.maxNodes),
  };
}

function exceeds({ services, instances, nodes }: Removals, limits: Limits): boolean {
  return (
    services.length > limits.maxServices ||
    instances.length > limits.maxInstances ||
    nodes.length > limits.maxNodes
  );
}

function explain(
  removals: Removals,
  limits: Limits,
  { next, isUsedUp }: { readonly next: DesiredState; readonly isUsedUp: boolean },
): string {
  const { services, instances, nodes, total } = removals;
  const { name, origin, deletionBrake } = next.cluster;
  const counts = [
    `${counted(services.length, 'service')} (limit ${limits.maxServices})`,
    `${counted(instances.length, 'instance')} (limit ${limits.maxInstances})`,
    `${counted(nodes.length, 'node')} (limit ${limits.maxNodes})`,
  ].join(', ');
  const lists = [listOf('services', services), listOf('nodes', nodes)];
  if (services.length === 0) lists.unshift(listOf('instances', instances));
  const what = lists.filter((list) => list !== '').join('; ');
  const { confirmDelete } = deletionBrake;
  const where =
    origin === undefined
      ? `add a Cluster object with spec.deletionBrake.confirmDelete: ${total}`
      : `write confirmDelete: ${total} under spec.deletionBrake of Cluster ${name} in ${origin.path}`;
  const mismatch = confirmDelete === undefined || isUsedUp ? '' : ` (it says ${confirmDelete})`;
  const again =
    isUsedUp && confirmDelete === total
      ? ' The one that is there was used by an earlier commit: remove it in one commit, then add it again.'
      : '';
  return `The commit would remove ${counts}. Gone would be ${what}. Nothing of it takes effect. If this is meant, ${where}${mismatch} and commit; if not, revert the commit.${again}`;
}

/** Names shown before the rest is only counted. */
const namesShown = 5;

function listOf(what: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > namesShown ? ` and ${names.length - namesShown} more` : '';
  return `${what} ${names.slice(0, namesShown).join(', ')}${more}`;
}

function staleFaults({ memo }: Resolved, why: string): readonly Fault[] {
  const { object } = memo.cluster;
  if (object === undefined) return [];
  return [
    {
      code: 'SPEC_CONFIRM_DELETE',
      severity: 'warning',
      message: `confirmDelete confirms nothing: ${why}`,
      place: placeOf(object, '/spec/deletionBrake/confirmDelete', 'key'),
      object: refOf(object),
      hint: 'remove it; it counts only in the commit that sets it, and only when it is exactly the number of removals',
    },
  ];
}
