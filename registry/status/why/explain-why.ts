/** Answers why a service, instance, node or commit is not as someone expects it. */

import type { WhyResource } from '../resources.ts';
import type { StatusInput } from '../status-input.ts';
import { whyCommit } from './why-commit.ts';
import { whyInstance } from './why-instance.ts';
import { whyNode } from './why-node.ts';
import { whyService } from './why-service.ts';
import { whySource } from './why-source.ts';

export type WhyKind = WhyResource['kind'];

export const whyKinds: readonly WhyKind[] = ['service', 'instance', 'node', 'commit', 'source'];

const explainers: Readonly<
  Record<WhyKind, (input: StatusInput, name: string) => WhyResource | undefined>
> = {
  service: whyService,
  instance: whyInstance,
  node: whyNode,
  commit: whyCommit,
  source: (input) => whySource(input),
};

/** `undefined` when nothing is known by that name. */
export function explainWhy(
  input: StatusInput,
  kind: WhyKind,
  name: string,
): WhyResource | undefined {
  return explainers[kind](input, name);
}

/** Which kind a bare name means: `sz/App.Server`, `App.Server`, `App.Server@node`, a node, a commit. */
export function kindOfName({ state }: StatusInput, name: string): WhyKind {
  if (name === 'source') return 'source';
  if (name.includes('@')) return 'instance';
  if (name.includes('/')) return 'service';
  if (state.nodes.has(name) || state.sessions.has(name)) return 'node';
  return /^[0-9a-f]{7,64}$/.test(name) ? 'commit' : 'service';
}
