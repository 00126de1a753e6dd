/** Releases on a machine: fetched over HTTP, resumed, verified, switched, kept, repaired. */

import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { httpPackageSource } from '../../../nodeagent/release/package-source.ts';
import { ReleaseStore } from '../../../nodeagent/release/release-store.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { digestOf, smallPackage } from '../../support/packages/random-package.ts';
import { agentToken, quickRetry, startReleaseLab } from '../../support/packages/release-lab.ts';
import { treeOf } from '../../support/packages/tree-of.ts';

const large = () =>
  smallPackage({ 'bin/server': 'run', data: randomBytes(512 * 1024).toString('hex') });

test('a release is fetched, verified, unpacked and switched to', async () => {
  const { origin, dataDir, store } = await startReleaseLab();
  const request = origin.add(smallPackage({ 'bin/server': 'v1' }));
  const phases = new Set<string>();
  const { path, alreadyThere } = await store.install(request, {
    onProgress: ({ phase }) => phases.add(phase),
  });
  expect(alreadyThere).toBe(false);
  expect([...phases]).toEqual(['downloading', 'verifying', 'unpacking']);
  expect(path).toBe(
    join(dataDir, 'services/Shop.CartServer/releases', `1.0.0-${request.digest.slice(7, 19)}`),
  );
  expect(await readFile(join(path, 'bin/server'), 'utf8')).toBe('v1');
  expect(origin.requests).toEqual([{ range: undefined, authorization: `Bearer ${agentToken}` }]);

  await store.switchCurrent(request.service, path);
  const current = join(dataDir, 'services/Shop.CartServer/current');
  expect(await readlink(current)).toBe(`releases/1.0.0-${request.digest.slice(7, 19)}`);
  expect(await readFile(join(current, 'bin/server'), 'utf8')).toBe('v1');
  expect(await readdir(join(dataDir, 'downloads'))).toEqual([]);

  // Again: nothing is fetched, by this process or a later one, with or without a controller.
  origin.packages.clear();
  for (const again of [store, await startAgain()]) {
    expect(await again.install(request)).toEqual({ path, alreadyThere: true, changedPaths: [] });
  }
  expect(origin.requests).toHaveLength(1);

  async function startAgain(): Promise<ReleaseStore> {
    return ReleaseStore.open({
      dataDir,
      source: origin.source(),
      now: () => Date.now(),
      retry: quickRetry,
    });
  }
});

test('a download goes on where the connection broke, and after a restart', async () => {
  const { origin, dataDir, store, open } = await startReleaseLab();
  const request = origin.add(smallPackage({ data: randomBytes(4 * 1024 ** 2).toString('latin1') }));
  let cuts = 0;
  origin.misbehave = (incoming, response, all) => {
    if ((cuts += 1) > 3) return false;
    const start = Number(/\d+/.exec(incoming.headers.range ?? '')?.[0] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': all.length - start,
      ...(start > 0 && { 'content-range': `bytes ${start}-${all.length - 1}/${all.length}` }),
    });
    response.write(all.subarray(start, start + 1_000_000), () => response.destroy());
    return true;
  };
  await store.install(request);
  const starts = origin.requests.map(({ range }) => Number(/\d+/.exec(range ?? '0')?.[0]));
  expect(starts).toHaveLength(4);
  expect(starts[0]).toBe(0);
  expect(starts.toSorted((a, b) => a - b)).toEqual(starts);
  expect(starts[3]).toBeGreaterThan(1_000_000);

  // The part that another process left behind is not fetched again.
  const second = large();
  const next = origin.add(second, '2.0.0');
  await writeFile(
    join(dataDir, 'downloads', `${next.digest.slice(7)}.part`),
    second.subarray(0, 200_000),
  );
  await (await open()).install(next);
  expect(origin.requests.at(-1)?.range).toBe('bytes=200000-');
});

test('a source that answers a range with everything is understood', async () => {
  const { origin, dataDir, store } = await startReleaseLab();
  const bytes = large();
  const request = origin.add(bytes);
  await writeFile(
    join(dataDir, 'downloads', `${request.digest.slice(7)}.part`),
    bytes.subarray(0, 1000),
  );
  origin.misbehave = (_request, response, all) => {
    response.writeHead(200, { 'content-length': all.length }).end(all);
    return true;
  };
  expect((await store.install(request)).alreadyThere).toBe(false);
});

test('wrong bytes are thrown away: at once when fresh, once more from the start when resumed', async () => {
  const { origin, dataDir, store } = await startReleaseLab();
  const bytes = smallPackage({ 'bin/server': 'v1' });
  const request = origin.add(bytes);
  const evil = Buffer.from(bytes);
  evil[20] = (evil[20] ?? 0) ^ 1;
  origin.packages.set(request.digest, evil);
  await expect(store.install(request)).rejects.toMatchObject({ code: 'PACKAGE_DIGEST_MISMATCH' });
  expect(await readdir(join(dataDir, 'downloads'))).toEqual([]);
  expect(await readdir(join(dataDir, 'services'))).toEqual([]);

  origin.packages.set(request.digest, bytes);
  await writeFile(
    join(dataDir, 'downloads', `${request.digest.slice(7)}.part`),
    evil.subarray(0, 50),
  );
  expect((await store.install(request)).alreadyThere).toBe(false);
  expect(origin.requests.map(({ range }) => range)).toEqual([undefined, 'bytes=50-', undefined]);

  // A sender that does not stop gets no more than what was announced.
  const long = origin.add(smallPackage({ other: 'x' }), '2.0.0');
  origin.packages.set(long.digest, Buffer.concat([evil, randomBytes(100_000)]));
  await expect(store.install(long)).rejects.toMatchObject({ code: 'PACKAGE_DIGEST_MISMATCH' });
  expect(await readdir(join(dataDir, 'downloads'))).toEqual([]);
});

test('a controller that is away, refuses or stalls is asked a few times, then named', async () => {
  const { origin, dataDir, store } = await startReleaseLab();
  const missing = { ...origin.add(large()), digest: digestOf(Buffer.from('not there')) };
  await expect(store.install(missing)).rejects.toMatchObject({
    code: 'PACKAGE_UNREACHABLE',
    message: expect.stringContaining('404'),
  });
  expect(origin.requests).toHaveLength(quickRetry.failuresMax);

  const nobody = httpPackageSource({
    contentUrl: () => 'http://127.0.0.1:1/x',
    token: () => undefined,
  });
  const alone = await ReleaseStore.open({
    dataDir,
    source: nobody,
    now: () => Date.now(),
    retry: quickRetry,
  });
  await expect(alone.install(missing)).rejects.toMatchObject({ code: 'PACKAGE_UNREACHABLE' });

  const request = origin.add(large(), '2.0.0');
  let stalls = 0;
  origin.misbehave = (_request, response, bytes) => {
    if ((stalls += 1) > 1) return false;
    response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 1000));
    return true;
  };
  expect((await store.install(request)).alreadyThere).toBe(false);
});

test('two who want the same release share one download, and so do two services', async () => {
  const { origin, dataDir, store } = await startReleaseLab();
  const request = origin.add(large());
  const other = { ...request, service: 'Shop.OrderServer' };
  const installed = await Promise.all([
    store.install(request),
    store.install(request),
    store.install(other),
  ]);
  expect(origin.requests).toHaveLength(1);
  expect(installed[0]).toEqual(installed[1]);
  expect(await readFile(join(installed[2].path, 'bin/server'), 'utf8')).toBe('run');
  expect(await readdir(join(dataDir, 'downloads'))).toEqual([]);
});

test('who gives up leaves the others alone; when the last one does, nothing half done stays', async () => {
  const { origin, dataDir, store } = await startReleaseLab();
  const request = origin.add(large());
  const held = Promise.withResolvers<void>();
  origin.misbehave = (_request, response, bytes) => {
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, 300_000));
    void held.promise.then(() => response.end(bytes.subarray(300_000)));
    return true;
  };
  const first = new AbortController();
  const second = new AbortController();
  let received = 0;
  const onProgress = ({ bytes }: { bytes: number }) => (received = bytes);
  const gone = store.install(request, { signal: first.signal, onProgress });
  const stays = store.install(request, { signal: second.signal, onProgress });
  await eventually(() => received >= 300_000);
  first.abort();
  await expect(gone).rejects.toThrow(/abort/i);
  second.abort();
  await expect(stays).rejects.toThrow(/abort/i);
  expect(await readdir(join(dataDir, 'services'))).toEqual([]);
  // What was fetched is kept for the next attempt, which begins at once.
  expect(await readdir(join(dataDir, 'downloads'))).toHaveLength(1);
  origin.misbehave = () => false;
  const [, again] = await Promise.all([held.resolve(), store.install(request)]);
  expect(again.alreadyThere).toBe(false);
  expect(origin.requests.at(-1)?.range).toBe(`bytes=${received}-`);
});

test('giving up while it unpacks leaves no staging folder', async () => {
  const { origin, dataDir, store } = await startReleaseLab();
  const files = Object.fromEntries(
    Array.from({ length: 300 }, (_, index) => [`f${index}`, `${index}`]),
  );
  const request = origin.add(smallPackage(files));
  const abort = new AbortController();
  const installing = store.install(request, {
    signal: abort.signal,
    onProgress: ({ phase }) => phase === 'unpacking' && abort.abort(),
  });
  await expect(installing).rejects.toThrow(/abort/i);
  expect(await readdir(join(dataDir, 'services/Shop.CartServer/releases'))).toEqual([]);
  expect((await store.install(request)).alreadyThere).toBe(false);
});

function withoutMarker(tree: readonly string[]): readonly string[] {
  return tree.filter((line) => !line.includes('.tarsier-release.json'));
}

test('a release whose files were changed is unpacked again, unless it runs or cannot be fetched', async () => {
  const inUse = new Set<string>();
  const { origin, store } = await startReleaseLab({ pathsInUse: () => inUse });
  const bytes = smallPackage({ 'bin/server': 'v1', lib: 'x' });
  const request = origin.add(bytes);
  const { path } = await store.install(request);
  const whole = await treeOf(path);
  const damages: readonly (readonly [string, () => Promise<void>])[] = [
    ['bin/server', () => writeFile(join(path, 'bin/server'), 'v2')],
    ['lib', () => rm(join(path, 'lib'))],
    [
      'lib',
      async () => {
        await rm(join(path, 'lib'));
        await mkdir(join(path, 'lib'));
      },
    ],
    ['.tarsier-release.json', () => writeFile(join(path, '.tarsier-release.json'), '{"format":1')],
    ['.tarsier-release.json', () => rm(join(path, '.tarsier-release.json'))],
  ];
  for (const [changed, damage] of damages) {
    await damage();
    inUse.add(path);
    expect(await store.install(request)).toEqual({
      path,
      alreadyThere: true,
      changedPaths: [changed],
    });
    inUse.clear();
    origin.packages.clear();
    expect((await store.install(request)).changedPaths).toEqual([changed]);
    origin.packages.set(request.digest, bytes);
    expect(await store.install(request)).toEqual({ path, alreadyThere: false, changedPaths: [] });
    expect(withoutMarker(await treeOf(path))).toEqual(withoutMarker(whole));
  }
  // What a service writes beside its files is its own affair.
  await writeFile(join(path, 'server.log'), 'started');
  expect((await store.install(request)).alreadyThere).toBe(true);
});

test('three old releases are kept, current and running ones always, the budget holds', async () => {
  let now = 1_700_000_000_000;
  const inUse = new Set<string>();
  const { origin, dataDir, store, open } = await startReleaseLab({
    now: () => now,
    pathsInUse: () => inUse,
  });
  const paths: string[] = [];
  for (let version = 1; version <= 7; version += 1) {
    now += 60_000;
    const request = origin.add(smallPackage({ f: `${version}`.repeat(1000) }), `${version}.0.0`);
    const { path } = await store.install(request);
    paths.push(path);
    if (version === 1) inUse.add(path);
    await store.switchCurrent(request.service, path);
  }
  const names = async () =>
    (await readdir(join(dataDir, 'services/Shop.CartServer/releases')))
      .map((name) => name[0])
      .join('');
  expect(await names()).toBe('14567');
  // Back to an old one: it is current now, and the newest of the old ones is kept for going forward.
  now += 60_000;
  await store.switchCurrent('Shop.CartServer', paths[4] ?? '');
  inUse.clear();
  await store.collect();
  expect(await names()).toBe('4567');

  const tight = await open({ retention: { oldReleasesMax: 3, diskBudgetBytes: 1_500 } });
  await tight.collect();
  // Current and the newest old one stay, whatever the budget.
  expect(await names()).toBe('57');
});

test('a full disk is seen before the download, or cleaned up after', async () => {
  const { origin, dataDir, store } = await startReleaseLab();
  const huge = { ...origin.add(smallPackage({ f: 'x' })), sizeBytes: 2 ** 50 };
  await expect(store.install(huge)).rejects.toMatchObject({ code: 'DISK_FULL' });
  expect(origin.requests).toEqual([]);
  expect(await readdir(join(dataDir, 'services'))).toEqual([]);
});

test('names that lead elsewhere are refused before anything is touched', async () => {
  const { origin, dataDir, store } = await startReleaseLab();
  const request = origin.add(smallPackage({ f: 'x' }));
  for (const bad of [
    { service: '../../evil' },
    { version: '../1' },
    { package: 'a/b' },
    { digest: 'sha256:../../../../../../evil' },
    { digest: `md5:${'0'.repeat(64)}` },
  ]) {
    await expect(store.install({ ...request, ...bad })).rejects.toMatchObject({
      code: 'PACKAGE_NAME_INVALID',
    });
  }
  expect(await readdir(join(dataDir, 'services'))).toEqual([]);
  await stat(dataDir);
});

test('what a killed process left half done is removed at the start', async () => {
  const { dataDir, open } = await startReleaseLab();
  const service = join(dataDir, 'services/Shop.CartServer');
  await mkdir(join(service, 'releases/.staging-1/bin'), { recursive: true });
  await mkdir(join(service, 'releases/.trash-1'));
  await mkdir(join(service, 'releases/1.0.0-abc'));
  await mkdir(join(service, 'data'));
  await writeFile(join(service, '.current-1'), '');
  await writeFile(join(dataDir, 'downloads/strange'), '');
  await open();
  expect(await readdir(service)).toEqual(['data', 'releases']);
  expect(await readdir(join(service, 'releases'))).toEqual(['1.0.0-abc']);
  expect(await readdir(join(dataDir, 'downloads'))).toEqual([]);
});
