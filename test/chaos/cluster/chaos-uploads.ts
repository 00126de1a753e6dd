/** Pushes small packages to controllers, and remembers what was acknowledged. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { Agent } from 'undici';
import type { Digest } from '../../../replica/core/blobs.ts';
import { PatchClient } from '../../../sdk/typescript/patch-client.ts';
import { pushPackage } from '../../../sdk/typescript/push-package.ts';
import { digestOf, smallPackage } from '../../support/packages/random-package.ts';
import type { ChaosCluster } from './chaos-cluster.ts';
import type { ChaosMember } from './chaos-member.ts';

export interface Upload {
  readonly package: string;
  readonly version: string;
  readonly digest: Digest;
}

const BYTES = 20_000;
const GIVE_UP_MS = 15_000;

export class ChaosUploads {
  readonly acknowledged: Upload[] = [];
  readonly #cluster: ChaosCluster;
  readonly #folder = mkdtempSync(join(tmpdir(), 'tarsier-test-'));
  readonly #dispatcher: Agent;
  #count = 0;

  constructor(cluster: ChaosCluster) {
    this.#cluster = cluster;
    this.#dispatcher = new Agent({ connect: { ca: cluster.file.tls.ca, timeout: 2_000 } });
  }

  /** Resolves also when nothing came of it: only what was acknowledged must be there. */
  async push(to: ChaosMember): Promise<void> {
    const { tokens } = this.#cluster.file;
    const bytes = smallPackage({ payload: randomBytes(BYTES).toString('base64') });
    const upload = {
      package: `Chaos.${['One', 'Two', 'Three'][this.#count % 3]}`,
      version: `1.0.${(this.#count += 1)}`,
      digest: digestOf(bytes),
    };
    const path = join(this.#folder, upload.version);
    writeFileSync(path, bytes);
    const client = new PatchClient({
      serverUrl: to.url,
      publishToken: tokens.publish,
      dispatcher: this.#dispatcher,
    });
    try {
      const push = { ...upload, file: path, sizeBytes: bytes.length };
      await pushPackage(client, push, { signal: AbortSignal.timeout(GIVE_UP_MS), failuresMax: 4 });
      this.acknowledged.push(upload);
    } catch {
      // The controller was hurt: whoever pushes would try again.
    } finally {
      rmSync(path, { force: true });
    }
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
