/** Two nodes and two services, for the tests of the link. */

import type { RegistryCommand } from '../../../registry/commands.ts';
import { commitOf, node, scope, targetOf } from '../registry/builders.ts';
import { startLinkLab, type LinkLab, type LinkLabOptions } from './link-lab.ts';

export const one = scope({ service: 'A.One', nodes: ['n1', 'n2'], revision: 'r1' });
export const two = scope({ service: 'A.Two', nodes: ['n1', 'n2'], revision: 'r1' });

export function setTargets(...targets: ReturnType<typeof targetOf>[]): RegistryCommand {
  return { type: 'set-targets', at: 1, fencingToken: 1, upsert: targets, remove: [], reason: 'x' };
}

export const removeTargets = (...remove: string[]): RegistryCommand => ({
  type: 'set-targets',
  at: 1,
  fencingToken: 1,
  upsert: [],
  remove,
  reason: 'x',
});

export async function startedLab(options: LinkLabOptions = {}): Promise<LinkLab> {
  const lab = await startLinkLab(options);
  await lab.propose(
    commitOf('c1', { upsertNodes: [node('n1'), node('n2')], upsertScopes: [one, two] }),
  );
  await lab.propose(setTargets(targetOf(one, 'n1'), targetOf(one, 'n2')));
  return lab;
}
