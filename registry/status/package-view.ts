/** What the patch store holds, and which services use it. */

import type { ScopeId } from '../../spec/desired-state.ts';
import type { RegistryState } from '../model.ts';
import type { PackageResource } from './resources.ts';

export type PackageFacts = Omit<PackageResource, 'usedBy'>;

/** Adds the scopes whose revision in force names each package. */
export function packageViews(
  state: RegistryState,
  packages: readonly PackageFacts[],
): readonly PackageResource[] {
  const users = new Map<string, ScopeId[]>();
  for (const { desired } of state.scopes.values()) {
    const names = new Set(
      Object.values(desired.revisions).flatMap(({ release }) =>
        release === undefined ? [] : [`${release.package} ${release.version}`],
      ),
    );
    for (const name of names) users.set(name, [...(users.get(name) ?? []), desired.scope]);
  }
  return packages.map((item) => ({
    ...item,
    usedBy: users.get(`${item.package} ${item.version}`) ?? [],
  }));
}
