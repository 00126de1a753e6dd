/** What is stored: found by rollouts, listed, deleted when unused, collected after a while. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { patchContentPath, patchPath } from '../../../link/packages/patch-api.ts';
import type { PackageUse } from '../../../controller/patch/stored-packages.ts';
import { PatchClient } from '../../../sdk/typescript/patch-client.ts';
import { pushPackage } from '../../../sdk/typescript/push-package.ts';
import {
  startPatchServer,
  type PatchServer,
  type PatchServerOptions,
} from '../../support/packages/patch-server.ts';
import { digestOf, smallPackage } from '../../support/packages/random-package.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

function clientOf({ url, tokens }: PatchServer): PatchClient {
  return new PatchClient({ serverUrl: url, publishToken: tokens.publish });
}

async function start(folder: string, options: PatchServerOptions = {}): Promise<PatchServer> {
  const server = await startPatchServer(folder, options);
  onTestFinished(() => server.close());
  return server;
}

async function push(server: PatchServer, folder: string, version: string, text = version) {
  const name = 'Shop.Cart';
  const bytes = smallPackage({ 'bin/server': text });
  const file = join(folder, `${name}-${version}.tgz`);
  await writeFile(file, bytes);
  const artifact = { digest: digestOf(bytes), sizeBytes: bytes.length };
  await pushPackage(clientOf(server), { package: name, version, file, ...artifact });
  return { ...artifact, bytes };
}

async function body(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

test('a rollout finds what is stored, hears of changes, and is told what is missing', async () => {
  const folder = temporaryFolder();
  const server = await start(folder);
  const { packages } = server.patch;
  let changes = 0;
  packages.onChange(() => (changes += 1));
  expect(packages.find('Shop.Cart', '1.0.0')).toBeUndefined();
  expect(packages.explainMissing('Shop.Cart', '1.0.0')).toContain(
    'tarsctl patch push Shop.Cart 1.0.0',
  );

  const { digest, sizeBytes } = await push(server, folder, '1.0.0');
  expect(changes).toBe(1);
  expect(packages.find('Shop.Cart', '1.0.0')).toEqual({ digest, sizeBytes });
  expect(packages.find('Shop.Cart', '1.0.0', digest)).toEqual({ digest, sizeBytes });
  const pinned = digestOf(Buffer.from('other'));
  expect(packages.find('Shop.Cart', '1.0.0', pinned)).toBeUndefined();
  const why = packages.explainMissing('Shop.Cart', '1.0.0', pinned);
  expect(why).toContain(digest);
  expect(why).toContain(pinned);
});

test('a restart finds everything again', async () => {
  const folder = temporaryFolder();
  const first = await startPatchServer(folder);
  const { digest } = await push(first, folder, '1.0.0');
  await push(first, folder, '1.1.0');
  await clientOf(first).setDefault('Shop.Cart', '1.0.0');
  await first.close();
  const second = await start(folder);
  const { items } = await clientOf(second).show('Shop.Cart');
  expect(items.map(({ version, isDefault }) => [version, isDefault])).toEqual([
    ['1.1.0', false],
    ['1.0.0', true],
  ]);
  expect(second.patch.packages.find('Shop.Cart', '1.0.0')?.digest).toBe(digest);
});

test('a version that is used, or the default, is not deleted; the last one may go', async () => {
  const folder = temporaryFolder();
  const uses: PackageUse[] = [];
  const server = await start(folder, { packagesInUse: () => uses });
  const client = clientOf(server);
  await push(server, folder, '1.0.0');
  await push(server, folder, '1.1.0');
  uses.push({ package: 'Shop.Cart', version: '1.0.0', by: 'sz/Shop.Cart' });
  expect((await client.show('Shop.Cart')).items[1]?.usedBy).toEqual(['sz/Shop.Cart']);
  await expect(client.delete('Shop.Cart', '1.0.0')).rejects.toMatchObject({
    code: 'PACKAGE_IN_USE',
    details: { usedBy: ['sz/Shop.Cart'] },
  });
  uses.length = 0;
  await client.setDefault('Shop.Cart', '1.0.0');
  await expect(client.delete('Shop.Cart', '1.0.0')).rejects.toMatchObject({
    code: 'PACKAGE_IN_USE',
  });
  await client.delete('Shop.Cart', '1.1.0');
  await client.delete('Shop.Cart', '1.0.0');
  expect((await client.list()).items).toEqual([]);
  await expect(client.delete('Shop.Cart', '1.0.0')).rejects.toMatchObject({
    code: 'PACKAGE_NOT_FOUND',
  });
  await expect(client.setDefault('Shop.Cart', '1.0.0')).rejects.toMatchObject({
    code: 'PACKAGE_NOT_FOUND',
  });
  await expect(client.show('Shop.Cart')).rejects.toMatchObject({ code: 'PACKAGE_NOT_FOUND' });
});

test('content goes once nothing refers to it and the grace time is over', async () => {
  const folder = temporaryFolder();
  let now = 1_000_000;
  const server = await start(folder, { now: () => now });
  const { contents, packages, blobs } = server.patch;
  const sweep = () => contents.sweep(() => packages.referencedDigests(), 1_000);
  // Two versions of the same bytes share their content.
  const { digest } = await push(server, folder, '1.0.0', 'same');
  await push(server, folder, '1.1.0', 'same');
  await packages.remove('Shop.Cart', '1.1.0');
  expect(await sweep()).toEqual([]);
  now += 2_000;
  expect(await sweep()).toEqual([]);

  await packages.remove('Shop.Cart', '1.0.0');
  expect(await sweep()).toEqual([]);
  now += 999;
  expect(await sweep()).toEqual([]);
  // Pushed again in time: the clock starts anew when it is deleted again.
  await push(server, folder, '1.0.0', 'same');
  expect(await sweep()).toEqual([]);
  await packages.remove('Shop.Cart', '1.0.0');
  now += 1;
  expect(await sweep()).toEqual([]);
  now += 1_000;
  expect(await sweep()).toEqual([digest]);
  expect(await blobs.has(digest)).toBeUndefined();
});

test('a sweep never takes content that is being recorded', async () => {
  const folder = temporaryFolder();
  const server = await start(folder);
  const { contents, packages, blobs } = server.patch;
  const bytes = smallPackage({ f: 'x' });
  const file = join(folder, 'p.tgz');
  await writeFile(file, bytes);
  const digest = digestOf(bytes);
  await contents.admit(file, digest, async () => {
    expect(await contents.sweep(() => packages.referencedDigests(), 0)).toEqual([]);
    expect(await blobs.has(digest)).toBeDefined();
  });
  expect(await contents.sweep(() => packages.referencedDigests(), 0)).toEqual([digest]);
});

test('agents fetch content in ranges; strangers fetch nothing', async () => {
  const folder = temporaryFolder();
  const server = await start(folder);
  const { digest, bytes } = await push(server, folder, '1.0.0');
  const url = `${server.url}${patchContentPath}/${digest}`;
  const authorization = `Bearer ${server.tokens.agent}`;
  const get = (headers: Record<string, string> = {}, method = 'GET') =>
    fetch(url, { method, headers: { authorization, ...headers } });

  const whole = await get();
  expect([whole.status, whole.headers.get('etag')]).toEqual([200, `"${digest}"`]);
  expect(await body(whole)).toEqual(bytes);
  const rows: readonly [range: string, start: number, end: number][] = [
    ['bytes=10-', 10, bytes.length],
    ['bytes=0-0', 0, 1],
    ['bytes=5-9', 5, 10],
    ['bytes=5-99999', 5, bytes.length],
    ['bytes=-7', bytes.length - 7, bytes.length],
    ['bytes=-99999', 0, bytes.length],
  ];
  for (const [range, from, to] of rows) {
    const part = await get({ range });
    const contentRange = `bytes ${from}-${to - 1}/${bytes.length}`;
    expect([range, part.status, part.headers.get('content-range')]).toEqual([
      range,
      206,
      contentRange,
    ]);
    expect(await body(part)).toEqual(bytes.subarray(from, to));
  }
  for (const range of [`bytes=${bytes.length}-`, 'bytes=-0']) {
    const outside = await get({ range });
    expect([range, outside.status]).toEqual([range, 416]);
    expect(outside.headers.get('content-range')).toBe(`bytes */${bytes.length}`);
  }
  for (const range of ['bytes=0-1,3-4', 'bytes=9-5', 'lines=1-2', 'bytes=-', 'bytes=x-']) {
    const ignored = await get({ range });
    expect([range, ignored.status]).toEqual([range, 200]);
    await ignored.arrayBuffer();
  }
  expect((await get({ 'if-none-match': `"${digest}"` })).status).toBe(304);
  const changed = await get({ range: 'bytes=3-', 'if-range': '"other"' });
  expect(changed.status).toBe(200);
  await changed.arrayBuffer();
  const head = await get({}, 'HEAD');
  expect([head.status, head.headers.get('content-length')]).toEqual([200, String(bytes.length)]);

  expect((await fetch(url)).status).toBe(401);
  const missing = `${server.url}${patchContentPath}`;
  for (const name of [digestOf(Buffer.from('no')), '..%2f..%2ftokens%2fpublish', 'sha256:0']) {
    const response = await fetch(`${missing}/${name}`, { headers: { authorization } });
    expect([name, response.status]).toEqual([name, 404]);
  }
  expect((await fetch(`${server.url}${patchPath}/packages`, { method: 'POST' })).status).toBe(404);
});
