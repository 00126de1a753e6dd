/** Brings the known targets forward by one message; pure. */

import type { Targets } from '../../link/messages/messages.ts';
import type { InstanceTarget } from '../../registry/model.ts';
import type { TargetSet } from '../state/targets-file.ts';

export type AppliedTargets =
  | { readonly kind: 'applied'; readonly set: TargetSet }
  /** The change builds on targets that we do not have: the full set is needed. */
  | { readonly kind: 'wrong-base' };

/** Whose targets these are. */
export interface TargetsContext {
  readonly node: string;
  /** Identity of the registry that the message is from, if it said so. */
  readonly registryId: string | undefined;
}

/** `known` is undefined while nothing valid is on the disk. */
export function applyTargets(
  known: TargetSet | undefined,
  message: Targets,
  { node, registryId }: TargetsContext,
): AppliedTargets {
  const { base, revision } = message;
  if (base !== undefined && base !== known?.revision) return { kind: 'wrong-base' };
  const kept = new Set(message.keep);
  const targets = new Map(
    known?.targets
      .filter(({ instance }) => base !== undefined || kept.has(instance))
      .map((target) => [target.instance, target]),
  );
  for (const instance of message.remove) targets.delete(instance);
  for (const target of message.upsert) {
    if (isOurs(target, node)) targets.set(target.instance, target);
  }
  const nodeFacts = message.nodeFacts ?? known?.nodeFacts;
  const set: TargetSet = {
    revision,
    ...(registryId === undefined ? {} : { registryId }),
    targets: [...targets.values()],
    ...(nodeFacts === undefined ? {} : { nodeFacts }),
  };
  return { kind: 'applied', set };
}

/** A name that could leave the data directory is not believed, whoever sent it. */
function isOurs(target: InstanceTarget, node: string): boolean {
  const isSafe = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$/.test(target.service);
  return isSafe && target.node === node && target.instance === `${target.service}@${node}`;
}
