/** What a rollout asks of the patch store. Answers come from memory. */

import type { PackageArtifact } from '../../link/packages/package-reference.ts';

export interface PatchStore {
  /**
   * The stored bytes of a version. `undefined` when the version is not there, or when the spec pins
   * another digest than the stored one; `explainMissing` says which. For a `node`, bytes that only
   * agents have count as well, if this one does.
   */
  find(
    name: string,
    version: string,
    pinnedDigest?: string,
    node?: string,
  ): PackageArtifact | undefined;
  /** Why `find` has no answer and what to do, in one sentence each, for a condition. */
  explainMissing(name: string, version: string, pinnedDigest?: string): string;
  /** Called after every change of what `find` answers. Returns the unsubscriber. */
  onChange(listener: () => void): () => void;
}
