/** Digests over canonical JSON, so that key order and formatting never count. */

import canonicalize from 'canonicalize';
import type { Digest, InstanceRevision, DesiredScope } from '../desired-state.ts';
import { assert } from '../../errors/assert.ts';

type Hash = (text: string) => string;

/** RFC 8785. */
export function encodeCanonical(value: unknown): string {
  const text = canonicalize(value);
  assert(text !== undefined, 'only JSON values have a canonical form');
  return text;
}

export function digestOf(value: unknown, hash: Hash): Digest {
  return `sha256:${hash(encodeCanonical(value))}`;
}

/** Over what runs; where the lines of a file come from is left out. */
export function digestOfRevision(revision: InstanceRevision, hash: Hash): Digest {
  const files = revision.files.map(({ path, content }) => ({ path, content }));
  const served = revision.served?.map(({ sources: _sources, ...file }) => file);
  return digestOf({ ...revision, files, ...(served && { served }) }, hash);
}

/** Over what runs where and how it rolls; revisions count by their digests. */
export function digestOfScope(scope: Omit<DesiredScope, 'digest' | 'origin'>, hash: Hash): Digest {
  const { scope: id, service, dataCenter, state, rollout, labels, grouping } = scope;
  // Short texts, because a scope may have thousands of instances.
  const instances = scope.instances.map(({ node, revision }) => `${node} ${revision}`);
  return digestOf(
    {
      scope: id,
      service,
      dataCenter,
      state,
      instances,
      rollout,
      labels,
      ...(grouping !== undefined && { grouping }),
    },
    hash,
  );
}
