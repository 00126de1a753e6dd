/** SIGKILL at any instant of an installation: a release is whole or absent, and the next try succeeds. */

import { existsSync } from 'node:fs';
import { mkdir, readdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { PatchClient } from '../../../sdk/typescript/patch-client.ts';
import { pushPackage } from '../../../sdk/typescript/push-package.ts';
import { startJsonProcess, type JsonProcess } from '../../support/packages/json-process.ts';
import { startPatchServer } from '../../support/packages/patch-server.ts';
import { digestOf, smallPackage } from '../../support/packages/random-package.ts';
import { treeOf } from '../../support/packages/tree-of.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const roleScript = join(import.meta.dirname, '../../support/packages/patch-process.ts');
const kills = 12;
const service = 'Shop.CartServer';

/** Many small files and one large: every phase of an installation takes a while. */
function packageOf(version: number): Buffer {
  const files = Object.fromEntries(
    Array.from({ length: 150 }, (_, index) => [
      `lib/d${index % 20}/f${index}`,
      `${version}/${index}`,
    ]),
  );
  return smallPackage({ ...files, data: `${version} `.repeat(1024 ** 2) });
}

async function startLab() {
  const root = temporaryFolder();
  const server = await startPatchServer(join(root, 'controller'));
  onTestFinished(() => server.close());
  const client = new PatchClient({ serverUrl: server.url, publishToken: server.tokens.publish });
  const dataDir = join(root, 'agent');
  await mkdir(dataDir);
  const store = async (version: number) => {
    const bytes = packageOf(version);
    const file = join(root, `${version}.tgz`);
    await writeFile(file, bytes);
    const about = {
      package: service,
      version: `${version}.0.0`,
      digest: digestOf(bytes),
      sizeBytes: bytes.length,
    };
    await pushPackage(client, { ...about, file });
    return { service, ...about };
  };
  const install = (dir: string, request: object, fileKibMax = 'unlimited'): JsonProcess => {
    const args = [
      roleScript,
      'install',
      server.url,
      server.tokens.agent,
      dir,
      JSON.stringify(request),
    ];
    // A limit on the size of files stands in for a full disk: it needs no privileges.
    const limited = `trap '' XFSZ; ulimit -f ${fileKibMax}; exec "$0" "$@"`;
    return startJsonProcess('bash', ['-c', limited, process.execPath, ...args]);
  };
  return { root, dataDir, store, install };
}

test(`${kills} kills leave no half release and no leftovers`, { timeout: 120_000 }, async () => {
  const { root, dataDir, store, install } = await startLab();
  const first = await store(1);
  const second = await store(2);

  // What whole releases look like, and how long an installation takes here.
  const model = join(root, 'model');
  await mkdir(model);
  expect(await install(model, first).ended()).toMatchObject({ done: true });
  const measured = install(model, second);
  await measured.next((line) => line['phase'] !== undefined);
  const phasesAt = performance.now();
  expect(await measured.ended()).toMatchObject({ done: true });
  const wholeMs = performance.now() - phasesAt;
  const whole = new Map<string, readonly string[]>();
  const modelReleases = join(model, 'services', service, 'releases');
  for (const name of await readdir(modelReleases)) {
    whole.set(
      name,
      (await treeOf(join(modelReleases, name))).filter((line) => !line.includes('.json')),
    );
  }

  const folder = join(dataDir, 'services', service);
  let interrupted = 0;
  for (let round = 0; round < kills; round += 1) {
    const child = install(dataDir, round % 2 === 0 ? first : second);
    await child
      .next((line) => line['phase'] !== undefined || line['done'] === true)
      .catch(() => {});
    // From the first byte on, over all that follows.
    await delay((wholeMs * (round % 6)) / 6);
    await child.kill();
    if (child.lines.at(-1)?.['done'] !== true) interrupted += 1;
    if (!existsSync(join(folder, 'releases'))) continue;
    for (const name of await readdir(join(folder, 'releases'))) {
      if (name.startsWith('.')) continue;
      const tree = (await treeOf(join(folder, 'releases', name))).filter(
        (line) => !line.includes('.json'),
      );
      expect(tree).toEqual(whole.get(name));
    }
    const current = await readlink(join(folder, 'current')).catch(() => undefined);
    if (current !== undefined) expect(existsSync(join(folder, current, 'data'))).toBe(true);
  }
  // A loop that never hit the work proves nothing.
  expect(interrupted).toBeGreaterThan(2);

  for (const request of [first, second]) {
    expect(await install(dataDir, request).ended()).toMatchObject({ done: true, changedPaths: [] });
  }
  expect((await readdir(folder)).toSorted()).toEqual(['current', 'releases']);
  expect((await readdir(join(folder, 'releases'))).toSorted()).toEqual(
    [...whole.keys()].toSorted(),
  );
  expect(await readdir(join(dataDir, 'downloads'))).toEqual([]);
});

test('a disk that fills up while it unpacks leaves the running release alone', async () => {
  const { dataDir, store, install } = await startLab();
  const small = await store(1);
  expect(await install(dataDir, small).ended()).toMatchObject({ done: true });
  const before = await treeOf(join(dataDir, 'services'));

  const large = await store(10);
  const child = install(dataDir, large, '512');
  expect(await child.ended()).toMatchObject({ failed: true, code: 'DISK_FULL' });
  expect(await treeOf(join(dataDir, 'services'))).toEqual(before);
  expect(await readdir(join(dataDir, 'downloads'))).toEqual([]);
});
