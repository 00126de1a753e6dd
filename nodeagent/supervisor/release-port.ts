/** Lets the supervisor use the release store, by target. */

import { TarsierError } from '../../errors/tarsier-error.ts';
import type { InstanceTarget } from '../../registry/model.ts';
import type { InstalledRelease, ReleaseStore } from '../release/release-store.ts';
import type { ActiveRelease, Releases } from './context.ts';

export function releasesOf(store: ReleaseStore): Releases {
  return {
    async install(target) {
      return activeRelease(await installTarget(store, target));
    },
    async activate(target) {
      const installed = await installTarget(store, target);
      await store.switchCurrent(target.service, installed.path);
      return activeRelease(installed);
    },
  };
}

function activeRelease({ path, changedPaths }: InstalledRelease): ActiveRelease {
  return { folder: path, changedPaths };
}

function installTarget(store: ReleaseStore, target: InstanceTarget): Promise<InstalledRelease> {
  const { release } = target.content;
  if (release === undefined || target.artifact === undefined) {
    throw new TarsierError(
      'AGENT_RELEASE_UNKNOWN',
      `Cannot install ${target.service}: the controller did not say which stored package it runs. Push the package, and the controller sends the target again.`,
    );
  }
  return store.install({
    service: target.service,
    package: release.package,
    version: release.version,
    ...target.artifact,
  });
}
