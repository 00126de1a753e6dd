/** Identity of the part of a target that a running process cannot be given: a change means a restart. */

import canonicalize from 'canonicalize';
import { createHash } from 'node:crypto';
import type { InstanceTarget } from '../../../registry/model.ts';

const known = new WeakMap<InstanceTarget, string>();

/** `undefined` where everything needs a restart: only TARS services load configuration while they run. */
export function launchIdentity(target: InstanceTarget): string | undefined {
  if (target.content.type === 'process') return undefined;
  const found = known.get(target);
  if (found !== undefined) return found;
  const { served: _, files, ...content } = target.content;
  const texts = files.map(({ path, content: text }) => ({ path, text }));
  const parts = { content, texts, artifact: target.artifact?.digest ?? null };
  const identity = createHash('sha256')
    .update(canonicalize(parts) ?? '')
    .digest('hex');
  known.set(target, identity);
  return identity;
}
