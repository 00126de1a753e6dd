/** What is in force, by scope; and the rendered content of one revision. */

import type { Digest, InstanceRevision, ScopeId } from '../../spec/desired-state.ts';
import type { RegistryState } from '../model.ts';
import { redactRevision } from './redact.ts';
import type { RevisionResource } from './resources.ts';

/** `undefined` for a scope that is not in Git. */
export function revisionView(state: RegistryState, scope: ScopeId): RevisionResource | undefined {
  const record = state.scopes.get(scope);
  if (record === undefined) return undefined;
  const { desired, commit, generation, acceptedAt } = record;
  const counts = new Map<Digest, number>(Object.keys(desired.revisions).map((key) => [key, 0]));
  for (const { revision } of desired.instances)
    counts.set(revision, (counts.get(revision) ?? 0) + 1);
  const version = Object.values(desired.revisions)[0]?.release?.version;
  return {
    scope,
    digest: desired.digest,
    commit,
    generation,
    acceptedAt,
    ...(version !== undefined && { version }),
    instanceRevisions: [...counts].map(([digest, instances]) => ({ digest, instances })),
  };
}

/** The content behind a digest, in force or still on its way out, without secrets. */
export function revisionContent(
  state: RegistryState,
  digest: Digest,
): InstanceRevision | undefined {
  for (const { desired } of state.scopes.values()) {
    // The digest comes from a request: `constructor` is a key of every object.
    const content = Object.hasOwn(desired.revisions, digest) && desired.revisions[digest];
    if (content) return redactRevision(content);
  }
  for (const target of state.targets.values()) {
    if (target.revision === digest) return redactRevision(target.content);
  }
  return undefined;
}
