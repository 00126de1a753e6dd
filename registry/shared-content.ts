/**
 * Targets hold the very content of their scope, so that thousands of instances of one revision hold
 * it once. What a scope no longer has is kept without its sources: these are for people, no digest
 * covers them, and every member must hold the same.
 */

import type { Digest, InstanceRevision, ScopeId } from '../spec/desired-state.ts';
import { indexesOf, instancesAt } from './indexes.ts';
import type { RegistryState, ScopeRecord } from './model.ts';

export function withoutSources(content: InstanceRevision): InstanceRevision {
  if (content.files.every(({ sources }) => sources === undefined)) return content;
  const files = content.files.map(({ sources: _sources, ...file }) => file);
  return { ...content, files };
}

export function contentInScope(
  record: ScopeRecord | undefined,
  revision: Digest,
): InstanceRevision | undefined {
  return record?.desired.revisions[revision];
}

/** Call it after the record of a scope has changed. */
export function shareContents(state: RegistryState, scope: ScopeId): void {
  const record = state.scopes.get(scope);
  const left = new Map<Digest, InstanceRevision>();
  for (const instance of instancesAt(indexesOf(state).targetsByScope, scope)) {
    const target = state.targets.get(instance);
    if (target === undefined) continue;
    const { revision } = target;
    const content =
      contentInScope(record, revision) ?? left.get(revision) ?? withoutSources(target.content);
    left.set(revision, content);
    if (content !== target.content) state.targets.set(instance, { ...target, content });
  }
}
