/** Services whose keys do not fit beside the last good revision of what is held. */

import type { CalledServant, DesiredScope } from '../desired-state.ts';
import type { AuthStage } from '../resolve/resolve-auth.ts';
import { isSameAuth } from '../resolve/same-auth.ts';

/** Services that it would call with another key than in force, or no longer with one. */
export function calleesThatChange(
  inForce: DesiredScope | undefined,
  next: DesiredScope,
): readonly string[] {
  if (inForce?.digest === next.digest) return [];
  const before = callsOf(inForce);
  const after = callsOf(next);
  const objects = new Set([...before.keys(), ...after.keys()]);
  const changed = [...objects].filter(
    (object) => !isSameAuth(before.get(object)?.auth, after.get(object)?.auth),
  );
  return [...new Set(changed.map(serviceOf))].toSorted();
}

/** Services that would ask for another key than the one that this scope goes on calling them with. */
export function calleesThatAskForAnother(
  kept: DesiredScope,
  units: AuthStage['units'],
): readonly string[] {
  const changed = [...callsOf(kept).values()].filter(({ object, auth }) => {
    const asked = units.get(serviceOf(object))?.auths.get(servantOf(object));
    return asked !== undefined && !isSameAuth(asked, auth);
  });
  return [...new Set(changed.map(({ object }) => serviceOf(object)))].toSorted();
}

/** All instances of a scope call the same. */
function callsOf(scope: DesiredScope | undefined): ReadonlyMap<string, CalledServant> {
  const [revision] = Object.values(scope?.revisions ?? {});
  return new Map((revision?.calls ?? []).map((called) => [called.object, called]));
}

function serviceOf(object: string): string {
  return object.slice(0, object.lastIndexOf('.'));
}

function servantOf(object: string): string {
  return object.slice(object.lastIndexOf('.') + 1);
}
