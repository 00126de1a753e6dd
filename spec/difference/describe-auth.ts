/** Keys of servants as a plan may show them: where each comes from, and whether it is another one. */

import type { ServantAuth } from '../desired-state.ts';
import { isSameAuth } from '../resolve/same-auth.ts';
import type { FieldChange } from './plan.ts';

type Auths = ReadonlyMap<string, ServantAuth>;

/** By the path of the field. No value of a change holds a key, encrypted or not. */
export function compareAuths(from: Auths, to: Auths): FieldChange[] {
  const paths = [...new Set([...from.keys(), ...to.keys()])].toSorted();
  return paths.flatMap((path) => {
    const [before, after] = [from.get(path), to.get(path)];
    if (isSameAuth(before, after)) return [];
    const [old, now] = [before && describe(before), after && describe(after)];
    const again = old === now && now !== undefined ? `another value: ${now}` : now;
    return [
      { path, ...(old !== undefined && { from: old }), ...(again !== undefined && { to: again }) },
    ];
  });
}

function describe({ accessKey, secretKey }: ServantAuth): string {
  if ('plain' in secretKey) return `${accessKey}, key in plain text`;
  return `${accessKey}, key ${secretKey.key} of Secret ${secretKey.secret}`;
}
