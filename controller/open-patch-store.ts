/** Opens the patch store of a controller, with the folders that it takes packages from. */

import { join } from 'node:path';
import type { ControllerOptions } from './main.ts';
import type { Stores } from './open-stores.ts';
import { DirectorySource } from './patch/directory-source.ts';
import { openPatch, type Patch } from './patch/open-patch.ts';
import type { PackageUse } from './patch/stored-packages.ts';

export async function openPatchStore(options: ControllerOptions, stores: Stores): Promise<Patch> {
  const { dataDir, packagesDir, logger } = options;
  const patch = await openPatch({
    replica: stores.patch,
    blobs: stores.packageBlobs,
    folder: join(dataDir, 'patch'),
    packagesInUse: () => packagesInUse(stores.registry.state),
    now: Date.now,
    onHousekeepingError: (error) => logger.error({ err: error }, 'patch store housekeeping failed'),
  });
  if (packagesDir === undefined) return patch;
  const directory = await DirectorySource.start({
    folder: packagesDir,
    workFolder: join(dataDir, 'patch', 'directory'),
    packages: patch.packages,
    contents: patch.contents,
    now: Date.now,
    onFault: (name, version, error) =>
      logger.error({ package: name, version, err: error }, 'package folder not taken'),
  });
  return {
    ...patch,
    async close() {
      await directory.close();
      await patch.close();
    },
  };
}

/** What is asked for, and what runs or is being replaced. */
function packagesInUse(state: Stores['registry']['state']): PackageUse[] {
  const uses: PackageUse[] = [];
  for (const { desired } of state.scopes.values()) {
    for (const { release } of Object.values(desired.revisions)) {
      if (release !== undefined) uses.push({ ...release, by: desired.scope });
    }
  }
  for (const { content, scope } of state.targets.values()) {
    if (content.release !== undefined) uses.push({ ...content.release, by: scope });
  }
  return uses;
}
