/** Sees to it that nothing stays behind when a member goes on alone. */

import { join } from 'node:path';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { openEmbeddedBlobs } from '../../replica/drivers/embedded/embedded-blobs.ts';
import { openEmbeddedLog } from '../../replica/drivers/embedded/embedded-log.ts';
import { openReplica } from '../../replica/open-replica.ts';
import { patchMachine } from '../patch/patch-machine.ts';
import { findLog } from './data-folder.ts';

const namedMax = 5;

/** `PACKAGE_MISSING_HERE` names packages whose bytes are on other members only. */
export async function mustHavePackages(dataDir: string): Promise<void> {
  const packages = await openEmbeddedBlobs({ directory: join(dataDir, 'packages') });
  const missing: string[] = [];
  const log = await openEmbeddedLog({ directory: findLog(dataDir, 'patch', 'jetstream') });
  try {
    const blobs = await openEmbeddedBlobs({ directory: join(dataDir, 'patch', 'snapshots') });
    const replica = await openReplica({ log, blobs, machine: patchMachine });
    for (const [name, { versions }] of replica.state.packages) {
      for (const [version, { digest }] of versions) {
        if ((await packages.has(digest)) === undefined) missing.push(`${name} ${version}`);
      }
    }
    await replica.close();
  } finally {
    await log.close();
  }
  if (missing.length === 0) return;
  const more = missing.length > namedMax ? ` and ${missing.length - namedMax} more` : '';
  throw new TarsierError(
    'PACKAGE_MISSING_HERE',
    `Other members have packages that this one lacks: ${missing.slice(0, namedMax).join(', ')}${more}. Nothing was changed.`,
  );
}
