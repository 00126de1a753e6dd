/** Makes the target that an instance should have in the end. */

import { assert } from '../../errors/assert.ts';
import type { InstanceTarget, ScopeRecord } from '../../registry/model.ts';
import type { DesiredInstance } from '../../spec/desired-state.ts';
import type { PatchStore } from '../patch/patch-store.ts';

export type Packages = Pick<PatchStore, 'find' | 'explainMissing'>;

export interface Wanted {
  readonly target: InstanceTarget;
  /** Why the package cannot be had on that node, and what to do; the target then lacks it. */
  readonly missing?: string;
}

/**
 * `old` is given back as it is when it says the same. A target of the same revision keeps its
 * commit (which brought that revision) and its package: it moves on without a restart.
 */
export function wantedTarget(
  record: ScopeRecord,
  desired: DesiredInstance,
  old: InstanceTarget | undefined,
  packages: Packages,
): Wanted {
  const { scope, service, state, revisions } = record.desired;
  const content = revisions[desired.revision];
  assert(content !== undefined, `${scope} has no content for revision ${desired.revision}`);
  const isSame = old?.revision === desired.revision;
  const { release } = content;
  let artifact = isSame ? old.artifact : undefined;
  let missing: string | undefined;
  if (release !== undefined && artifact === undefined) {
    const { package: name, version, digest } = release;
    artifact = packages.find(name, version, digest, desired.node);
    // Stopping needs no package.
    if (artifact === undefined && state === 'running') {
      missing = packages.explainMissing(name, version, digest);
    }
  }
  const target: InstanceTarget = {
    instance: desired.instance,
    scope,
    service,
    node: desired.node,
    state,
    revision: desired.revision,
    content: isSame ? old.content : content,
    ...(artifact === undefined ? {} : { artifact }),
    generation: record.generation,
    commit: isSame ? old.commit : record.commit,
  };
  return {
    target: isSame && saysTheSame(old, target) ? old : target,
    ...(missing === undefined ? {} : { missing }),
  };
}

/** For two targets of one revision. */
function saysTheSame(old: InstanceTarget, target: InstanceTarget): boolean {
  return (
    old.state === target.state &&
    old.generation === target.generation &&
    old.scope === target.scope &&
    old.artifact?.digest === target.artifact?.digest
  );
}
