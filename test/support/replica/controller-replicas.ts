/** Registry replicas of several controllers over one log. */

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { registryMachine } from '../../../registry/registry-machine.ts';
import { startReplica } from '../../../replica/core/log-replica.ts';
import type { Log } from '../../../replica/core/log.ts';
import { openEmbeddedBlobs } from '../../../replica/drivers/embedded/embedded-blobs.ts';
import type { LabReplica } from '../link/link-lab.ts';
import { temporaryFolder } from '../temporary-folder.ts';

export async function startRegistryReplica(log: Log): Promise<LabReplica> {
  const blobs = await openEmbeddedBlobs({ directory: join(temporaryFolder(), 'blobs') });
  const replica = await startReplica(
    { log, blobs, machine: registryMachine },
    { newCommandId: randomUUID, wait: (ms) => delay(ms) },
  );
  onTestFinished(() => replica.close());
  return replica;
}
