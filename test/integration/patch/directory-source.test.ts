/** Packages from a local folder: packed the same every time, watched, replaced when they change. */

import { createReadStream } from 'node:fs';
import { chmod, mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DirectorySource } from '../../../controller/patch/directory-source.ts';
import { packDirectory } from '../../../controller/patch/pack-directory.ts';
import { defaultArchiveLimits } from '../../../link/packages/archive-limits.ts';
import { readArchive } from '../../../link/packages/read-archive.ts';
import { PatchClient } from '../../../sdk/typescript/patch-client.ts';
import { pushPackage } from '../../../sdk/typescript/push-package.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { startPatchServer, type PatchServer } from '../../support/packages/patch-server.ts';
import { digestOf, smallPackage } from '../../support/packages/random-package.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function writeTree(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

async function entriesOf(file: string): Promise<readonly string[]> {
  const entries: string[] = [];
  const sink = {
    async directory({ path }: { path: string }) {
      entries.push(`${path}/`);
    },
    async file(
      { path, executable }: { path: string; executable: boolean },
      content: AsyncIterable<Buffer>,
    ) {
      let bytes = 0;
      for await (const chunk of content) bytes += chunk.length;
      entries.push(`${path} ${bytes}${executable ? ' x' : ''}`);
    },
  };
  await readArchive(createReadStream(file), sink, { limits: defaultArchiveLimits });
  return entries;
}

test('the same content packs to the same bytes, whatever its times, owners and order', async () => {
  const root = temporaryFolder();
  const name = `lib/${'long-name-'.repeat(20)}.js`;
  const files = {
    'b.txt': 'b',
    'bin/server': 'run',
    'a/ü.txt': 'ä',
    [name]: 'long',
    empty: '',
    '.env': 'x',
  };
  await writeTree(join(root, 'one'), files);
  await writeTree(join(root, 'two'), Object.fromEntries(Object.entries(files).toReversed()));
  await mkdir(join(root, 'one/hollow'));
  await mkdir(join(root, 'two/hollow'));
  for (const folder of ['one', 'two']) await chmod(join(root, folder, 'bin/server'), 0o755);
  await chmod(join(root, 'two/b.txt'), 0o600);
  await utimes(join(root, 'two/b.txt'), 1, 1);
  // None of these is packed.
  await writeTree(join(root, 'two'), { '.git/HEAD': 'x', '.DS_Store': 'x', 'a/.svn/y': 'x' });
  await writeTree(join(root, 'two'), {
    'node_modules/.cache/z': 'x',
    'node_modules/m/index.js': '1',
  });
  await writeTree(join(root, 'one'), { 'node_modules/m/index.js': '1' });
  await mkdir(join(root, 'two/node_modules/.bin'));
  await symlink('../m/index.js', join(root, 'two/node_modules/.bin/m'));

  const one = await packDirectory(join(root, 'one'), join(root, 'one.tgz'), { gzipLevel: 6 });
  const two = await packDirectory(join(root, 'two'), join(root, 'two.tgz'), { gzipLevel: 6 });
  expect(one).toEqual(two);
  expect(await entriesOf(join(root, 'one.tgz'))).toEqual([
    '.env 1',
    'a/',
    'a/ü.txt 2',
    'b.txt 1',
    'bin/',
    'bin/server 3 x',
    'empty 0',
    'hollow/',
    'lib/',
    `${name} 4`,
    'node_modules/',
    'node_modules/m/',
    'node_modules/m/index.js 1',
  ]);
});

test.each([
  [
    'a link to a file inside',
    (root: string) => symlink('f', join(root, 'l')),
    /\/l is a symbolic link/,
  ],
  [
    'a link that leads out',
    (root: string) => symlink('/etc', join(root, 'l')),
    /\/l is a symbolic link/,
  ],
  [
    'a name that is not allowed',
    (root: string) => writeFile(join(root, 'a\nb'), ''),
    /name that is not allowed/,
  ],
  ['no file at all', (root: string) => rm(join(root, 'f')), /holds no file/],
])('a directory with %s is not packed', async (_name, prepare, message) => {
  const root = temporaryFolder();
  await writeTree(join(root, 'p'), { f: 'x' });
  await prepare(join(root, 'p'));
  const packed = packDirectory(join(root, 'p'), join(root, 'p.tgz'), { gzipLevel: 1 });
  await expect(packed).rejects.toMatchObject({
    code: 'PACKAGE_DIRECTORY_INVALID',
    message: expect.stringMatching(message),
  });
});

interface Lab {
  readonly folder: string;
  readonly server: PatchServer;
  readonly faults: { readonly version: string; readonly error: unknown }[];
  readonly source: DirectorySource;
  digest(version: string): string | undefined;
}

async function startLab(files: Readonly<Record<string, string>>): Promise<Lab> {
  const root = temporaryFolder();
  const folder = join(root, 'packages');
  await mkdir(folder);
  await writeTree(folder, files);
  const server = await startPatchServer(join(root, 'data'));
  onTestFinished(() => server.close());
  const faults: { version: string; error: unknown }[] = [];
  const source = await DirectorySource.start({
    folder,
    workFolder: join(root, 'work'),
    packages: server.patch.packages,
    contents: server.patch.contents,
    now: () => Date.now(),
    onFault: (name, version, error) => faults.push({ version: `${name} ${version}`, error }),
  });
  onTestFinished(() => source.close());
  const digest = (version: string) => server.patch.packages.find('Shop.Cart', version)?.digest;
  return { folder, server, faults, source, digest };
}

test('what is there is taken at the start, new versions and edits within a second', async () => {
  const { folder, server, digest, faults } = await startLab({
    'Shop.Cart/1.0.0/bin/server': 'v1',
    'Shop.Cart/README': 'not a version',
    'not a name!/1.0.0/x': 'ignored',
  });
  const [view] = server.patch.packages.list();
  expect(view).toMatchObject({ package: 'Shop.Cart', version: '1.0.0', source: 'directory' });
  const before = digest('1.0.0');

  const addedAt = performance.now();
  await writeTree(folder, { 'Shop.Cart/1.1.0/bin/server': 'v2', 'Shop.Cart/1.1.0/lib/x.js': '1' });
  const filesOf = (version: string) =>
    server.patch.packages.list().find((row) => row.version === version)?.files;
  await eventually(() => filesOf('1.1.0') === 2);
  expect(performance.now() - addedAt).toBeLessThan(1_000);

  await writeFile(join(folder, 'Shop.Cart/1.0.0/bin/server'), 'edited');
  await eventually(() => digest('1.0.0') !== before);
  expect(
    server.patch.packages
      .list()
      .map(({ version }) => version)
      .toSorted(),
  ).toEqual(['1.0.0', '1.1.0']);
  expect(faults).toEqual([]);
});

test('a version folder that cannot be packed is reported, and what was taken before stays', async () => {
  const { folder, digest, faults } = await startLab({ 'Shop.Cart/1.0.0/bin/server': 'v1' });
  const before = digest('1.0.0');
  await symlink('/etc/passwd', join(folder, 'Shop.Cart/1.0.0/l'));
  await eventually(() => faults.length > 0);
  expect(faults[0]).toMatchObject({
    version: 'Shop.Cart 1.0.0',
    error: { code: 'PACKAGE_DIRECTORY_INVALID' },
  });
  expect(digest('1.0.0')).toBe(before);
  await rm(join(folder, 'Shop.Cart/1.0.0'), { recursive: true });
  await writeTree(folder, { 'Shop.Cart/2.0.0/x': 'later' });
  await eventually(() => digest('2.0.0') !== undefined);
  expect(digest('1.0.0')).toBe(before);
});

test('a pushed version is never replaced by a folder', async () => {
  const { folder, server, digest, faults } = await startLab({});
  const bytes = smallPackage({ f: 'pushed' });
  const file = join(folder, '..', 'p.tgz');
  await writeFile(file, bytes);
  const client = new PatchClient({ serverUrl: server.url, publishToken: server.tokens.publish });
  await pushPackage(client, {
    package: 'Shop.Cart',
    version: '1.0.0',
    file,
    digest: digestOf(bytes),
    sizeBytes: bytes.length,
  });
  await writeTree(folder, { 'Shop.Cart/1.0.0/f': 'from the folder' });
  await eventually(() => faults.length > 0);
  expect(faults[0]).toMatchObject({ error: { code: 'PACKAGE_EXISTS' } });
  expect(digest('1.0.0')).toBe(digestOf(bytes));
});
