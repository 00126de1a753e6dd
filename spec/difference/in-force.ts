/** The state in force as far as a plan needs it, for a caller that has to fetch it. */

import type { DesiredScope, DesiredState, Digest, ScopeId } from '../desired-state.ts';
import type { InForce } from '../resolve/resolved.ts';

/** Scopes in force of which more than the digest is needed: those that change or are removed. */
export function listScopesToFetch(
  digests: ReadonlyMap<ScopeId, Digest>,
  next: DesiredState,
): readonly ScopeId[] {
  return [...digests].flatMap(([scope, digest]) =>
    next.scopes.get(scope)?.digest === digest ? [] : [scope],
  );
}

/** The digests in force and the fetched scopes, put together; the same digest is the same scope. */
export function assembleInForce(
  fetched: InForce,
  digests: ReadonlyMap<ScopeId, Digest>,
  next: DesiredState,
): InForce {
  const scopes = new Map<ScopeId, DesiredScope>();
  for (const [scope, digest] of digests) {
    const same = next.scopes.get(scope);
    const known = same?.digest === digest ? same : fetched.scopes.get(scope);
    if (known !== undefined) scopes.set(scope, known);
  }
  return { ...fetched, scopes };
}
