/** SIGKILL the controller while packages are pushed: what was acknowledged is there, whole, once. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { patchContentPath } from '../../../link/packages/patch-api.ts';
import { PatchClient } from '../../../sdk/typescript/patch-client.ts';
import { pushPackage } from '../../../sdk/typescript/push-package.ts';
import { startJsonProcess } from '../../support/packages/json-process.ts';
import { startPatchServer } from '../../support/packages/patch-server.ts';
import { digestOf, smallPackage } from '../../support/packages/random-package.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const roleScript = join(import.meta.dirname, '../../support/packages/patch-process.ts');
const kills = 5;
const lanes = 4;

test(`${kills} kills lose no acknowledged package`, { timeout: 120_000 }, async () => {
  const folder = temporaryFolder();
  const acknowledged = new Map<string, string>();
  let interrupted = 0;
  let pushed = 0;
  const pushOne = async (client: PatchClient) => {
    pushed += 1;
    const version = `${pushed}.0.0`;
    const bytes = smallPackage({ data: `${pushed} `.repeat(10_000) });
    const file = join(folder, `${version}.tgz`);
    await writeFile(file, bytes);
    const artifact = { digest: digestOf(bytes), sizeBytes: bytes.length };
    const request = { package: 'Shop.Cart', version, file, ...artifact };
    await pushPackage(client, request, { failuresMax: 1 });
    acknowledged.set(version, artifact.digest);
  };
  for (let round = 0; round < kills; round += 1) {
    const child = startJsonProcess(process.execPath, [roleScript, 'server', folder, '0']);
    const { url, publish } = await child.next((line) => line['url'] !== undefined);
    const client = new PatchClient({ serverUrl: String(url), publishToken: String(publish) });
    const enough = acknowledged.size + 2 + round;
    let killed: Promise<void> | undefined;
    const lane = async () => {
      // Each lane ends when the controller is gone under its hands.
      for (;;) {
        await pushOne(client);
        if (acknowledged.size >= enough) killed ??= child.kill();
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: lanes }, lane));
    await killed;
    interrupted += ends.length;
  }
  // Kills that hit nothing, or everything, prove nothing.
  expect(interrupted).toBe(kills * lanes);
  expect(acknowledged.size).toBeGreaterThan(2 * kills);

  const server = await startPatchServer(folder);
  onTestFinished(() => server.close());
  const stored = new Map(
    server.patch.packages.list().map(({ version, digest }) => [version, digest]),
  );
  for (const [version, digest] of acknowledged)
    expect([version, stored.get(version)]).toEqual([version, digest]);
  // Also what was recorded but not acknowledged can be fetched.
  for (const digest of new Set(stored.values())) {
    const headers = { authorization: `Bearer ${server.tokens.agent}` };
    const response = await fetch(`${server.url}${patchContentPath}/${digest}`, { headers });
    expect(digestOf(Buffer.from(await response.arrayBuffer()))).toBe(digest);
  }
});
