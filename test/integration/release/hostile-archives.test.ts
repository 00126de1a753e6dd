/** Hostile packages: each is refused with its code, by controller and agent alike, and nothing stays. */

import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { PackageContents } from '../../../controller/patch/package-contents.ts';
import { defaultArchiveLimits } from '../../../link/packages/archive-limits.ts';
import type { PackageSource } from '../../../nodeagent/release/package-source.ts';
import { ReleaseStore } from '../../../nodeagent/release/release-store.ts';
import { openEmbeddedBlobs } from '../../../replica/main.ts';
import { longName, pax, rawTar, tgz, type RawEntry } from '../../support/packages/tar-archive.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { treeOf } from '../../support/packages/tree-of.ts';

interface Hostile {
  readonly name: string;
  readonly code: string;
  readonly archive: (outside: string) => Buffer;
}

const good: RawEntry = { path: 'bin/server', mode: 0o755, content: 'good' };

const row = (name: string, code: string, ...entries: readonly RawEntry[]): Hostile => ({
  name,
  code,
  archive: () => tgz([good, ...entries]),
});

const hostile: readonly Hostile[] = [
  // Out of the folder.
  row('parent', 'ARCHIVE_PATH_ESCAPES', { path: '../evil', content: 'x' }),
  row('parent behind a folder', 'ARCHIVE_PATH_ESCAPES', { path: 'a/../../evil', content: 'x' }),
  row('parent as a folder', 'ARCHIVE_PATH_ESCAPES', { path: '../evil/', type: '5' }),
  row('parent in a pax name', 'ARCHIVE_PATH_ESCAPES', pax({ path: '../evil' }), { path: 'ok' }),
  row('parent in a GNU long name', 'ARCHIVE_PATH_ESCAPES', longName('../evil'), { path: 'ok' }),
  {
    name: 'absolute path',
    code: 'ARCHIVE_PATH_ESCAPES',
    archive: (outside) => tgz([good, { path: `${outside}/evil`, content: 'x' }]),
  },
  // Names that read differently than they are.
  row('backslash', 'ARCHIVE_NAME_INVALID', { path: '..\\evil', content: 'x' }),
  row('NUL in a name', 'ARCHIVE_NAME_INVALID', { path: Buffer.from('ok\0/../evil') }),
  row('NUL in a pax name', 'ARCHIVE_NAME_INVALID', pax({ path: 'ok\0evil' }), { path: 'ok' }),
  row('NUL in a GNU long name', 'ARCHIVE_NAME_INVALID', longName('ok\0evil'), { path: 'ok' }),
  row('newline', 'ARCHIVE_NAME_INVALID', pax({ path: 'a\nb' }), { path: 'ok' }),
  row('terminal escape', 'ARCHIVE_NAME_INVALID', { path: 'a\u001b[2Jb' }),
  row('right-to-left override', 'ARCHIVE_NAME_INVALID', { path: 'a\u202egpj.sh' }),
  row('invalid UTF-8', 'ARCHIVE_NAME_INVALID', { path: Buffer.from([0x61, 0xff, 0xfe]) }),
  row('empty component', 'ARCHIVE_NAME_INVALID', { path: 'a//b' }),
  row('file without a name', 'ARCHIVE_NAME_INVALID', { path: './', type: '0' }, { path: '.' }),
  row("the agent's own marker", 'ARCHIVE_NAME_INVALID', { path: '.tarsier-release.json' }),
  row('name of 300 bytes', 'ARCHIVE_NAME_INVALID', longName('n'.repeat(300)), { path: 'ok' }),
  // Anything but files and directories.
  row('link out', 'ARCHIVE_ENTRY_TYPE', { path: 'l', type: '2', linkPath: '../../..' }),
  row('link inside', 'ARCHIVE_ENTRY_TYPE', { path: 'l', type: '2', linkPath: 'bin/server' }),
  {
    name: 'link, then a file through it',
    code: 'ARCHIVE_ENTRY_TYPE',
    archive: (outside) =>
      tgz([good, { path: 'l', type: '2', linkPath: outside }, { path: 'l/evil', content: 'x' }]),
  },
  row('hard link out', 'ARCHIVE_ENTRY_TYPE', { path: 'p', type: '1', linkPath: '/etc/passwd' }),
  row('hard link inside', 'ARCHIVE_ENTRY_TYPE', { path: 'p', type: '1', linkPath: 'bin/server' }),
  row('character device', 'ARCHIVE_ENTRY_TYPE', { path: 'null', type: '3' }),
  row('block device', 'ARCHIVE_ENTRY_TYPE', { path: 'sda', type: '4' }),
  row('FIFO', 'ARCHIVE_ENTRY_TYPE', { path: 'pipe', type: '6' }),
  row('contiguous file', 'ARCHIVE_ENTRY_TYPE', { path: 'c', type: '7' }),
  row('GNU sparse file', 'ARCHIVE_ENTRY_TYPE', { path: 's', type: 'S' }),
  row('pax sparse file', 'ARCHIVE_ENTRY_TYPE', pax({ 'GNU.sparse.major': '1' }), { path: 's' }),
  row('unknown type', 'ARCHIVE_ENTRY_TYPE', { path: 'z', type: 'Z' }),
  row('setuid', 'ARCHIVE_SPECIAL_BITS', { path: 'su', mode: 0o4755 }),
  row('setgid', 'ARCHIVE_SPECIAL_BITS', { path: 'sg', mode: 0o2755 }),
  row('sticky', 'ARCHIVE_SPECIAL_BITS', { path: 'st', mode: 0o1755 }),
  // Bombs.
  {
    name: 'gzip bomb',
    code: 'ARCHIVE_RATIO',
    archive: () => tgz([{ path: 'zeros', content: Buffer.alloc(40 * 1024 ** 2) }]),
  },
  row('size of 8 EB in the header', 'ARCHIVE_DAMAGED', pax({ size: '9'.repeat(16) }), {
    path: 'b',
  }),
  row('size of 900 TB', 'ARCHIVE_TOO_LARGE', pax({ size: '900000000000000' }), { path: 'b' }),
  row('size of 8 GB, and nothing there', 'ARCHIVE_DAMAGED', {
    path: 'b',
    claimedBytes: 8 ** 11 - 1,
  }),
  {
    name: '100,001 entries',
    code: 'ARCHIVE_TOO_MANY_ENTRIES',
    archive: () =>
      gzipSync(
        rawTar(Array.from({ length: 100_001 }, (_, index) => ({ path: `e${index}/`, type: '5' }))),
        { level: 1 },
      ),
  },
  row('3,000 folders deep', 'ARCHIVE_TOO_DEEP', longName('d/'.repeat(3_000) + 'f'), { path: 'f' }),
  row('33 folders deep', 'ARCHIVE_TOO_DEEP', { path: 'd/'.repeat(32) + 'f' }),
  row('name of 5,000 bytes', 'ARCHIVE_TOO_DEEP', longName('n'.repeat(5_000)), { path: 'n' }),
  row('name of 1 MB', 'ARCHIVE_TOO_DEEP', longName('n'.repeat(1024 ** 2)), { path: 'n' }),
  // The same file twice.
  row('same path twice', 'ARCHIVE_DUPLICATE_ENTRY', { path: 'bin/server', content: 'evil' }),
  row('same path with ./', 'ARCHIVE_DUPLICATE_ENTRY', { path: './bin/server', content: 'evil' }),
  row('differs in case', 'ARCHIVE_DUPLICATE_ENTRY', { path: 'BIN/SERVER', content: 'evil' }),
  row(
    'differs in Unicode form',
    'ARCHIVE_DUPLICATE_ENTRY',
    { path: '\u00e9' },
    { path: 'e\u0301' },
  ),
  row('file where a folder is', 'ARCHIVE_DUPLICATE_ENTRY', { path: 'bin', content: 'evil' }),
  row('folder where a file is', 'ARCHIVE_DUPLICATE_ENTRY', { path: 'bin/server/evil' }),
  // Read differently by different programs.
  row('path for all files', 'ARCHIVE_DAMAGED', pax({ path: 'evil' }, 'g'), { path: 'ok' }),
  row('size for all files', 'ARCHIVE_DAMAGED', pax({ size: '0' }, 'g'), { path: 'ok' }),
  row('two long names', 'ARCHIVE_DAMAGED', longName('a'), pax({ path: 'b' }), { path: 'c' }),
  row('pax size that hides a header', 'ARCHIVE_DAMAGED', pax({ size: '3' }), {
    path: 'ok',
    content: 'x'.repeat(1024),
  }),
  row('pax record of a wrong length', 'ARCHIVE_DAMAGED', {
    path: 'PaxHeader/x',
    type: 'x',
    content: '999 path=evil\n',
  }),
  row('two names in one pax header', 'ARCHIVE_DAMAGED', {
    path: 'PaxHeader/x',
    type: 'x',
    content: '10 path=a\n10 path=b\n',
  }),
  row('wrong checksum', 'ARCHIVE_DAMAGED', { path: 'ok', badChecksum: true }),
  {
    name: 'more behind the end',
    code: 'ARCHIVE_DAMAGED',
    archive: () => gzipSync(Buffer.concat([rawTar([good]), rawTar([{ path: 'evil' }])])),
  },
  // Not an archive.
  { name: 'cut short', code: 'ARCHIVE_DAMAGED', archive: () => tgz([good]).subarray(0, -20) },
  {
    name: 'cut short inside of gzip',
    code: 'ARCHIVE_DAMAGED',
    archive: () => gzipSync(rawTar([{ path: 'f', content: 'x'.repeat(600) }]).subarray(0, 700)),
  },
  {
    name: 'no end',
    code: 'ARCHIVE_DAMAGED',
    archive: () => gzipSync(rawTar([good]).subarray(0, 1024)),
  },
  { name: 'plain tar', code: 'ARCHIVE_DAMAGED', archive: () => rawTar([good]) },
  { name: 'text', code: 'ARCHIVE_DAMAGED', archive: () => Buffer.from('not an archive at all') },
  { name: 'packed twice', code: 'ARCHIVE_DAMAGED', archive: () => gzipSync(tgz([good])) },
  { name: 'zstd', code: 'ARCHIVE_DAMAGED', archive: () => zstdCompressSync(rawTar([good])) },
  { name: 'empty', code: 'ARCHIVE_EMPTY', archive: () => tgz([]) },
  { name: 'only folders', code: 'ARCHIVE_EMPTY', archive: () => tgz([{ path: 'a/', type: '5' }]) },
];

function sourceOf(archive: Buffer): PackageSource {
  return {
    async open(_digest, startByte) {
      async function* body() {
        yield archive.subarray(startByte);
      }
      return { startByte, body: body() };
    },
  };
}

async function openAgent(dataDir: string, archive: Buffer): Promise<ReleaseStore> {
  await mkdir(dataDir, { recursive: true });
  return ReleaseStore.open({
    dataDir,
    source: sourceOf(archive),
    now: () => Date.now(),
    // The controller's limit of 100,000 is tested on the controller's side: it writes no files.
    archiveLimits: { ...defaultArchiveLimits, entriesMax: 500 },
  });
}

const requestFor = (archive: Buffer) => ({
  service: 'Shop.CartServer',
  package: 'Shop.CartServer',
  version: '1.0.0',
  digest: `sha256:${createHash('sha256').update(archive).digest('hex')}` as const,
  sizeBytes: archive.length,
});

test.each(hostile)('$name is refused as $code', async ({ code, archive }) => {
  const root = temporaryFolder();
  const outside = join(root, 'outside');
  await mkdir(outside);
  await writeFile(join(outside, 'precious'), 'mine');
  const bytes = archive(outside);
  const request = requestFor(bytes);
  const store = await openAgent(join(root, 'agent'), bytes);

  await expect(store.install(request)).rejects.toMatchObject({ code });
  expect(await treeOf(root)).toEqual([
    '0755 agent/',
    '0700 agent/downloads/',
    '0755 agent/services/',
    '0755 agent/services/Shop.CartServer/',
    '0755 agent/services/Shop.CartServer/releases/',
    '0755 outside/',
    expect.stringMatching(/^0644 outside\/precious /),
  ]);

  const blobs = await openEmbeddedBlobs({ directory: join(root, 'blobs') });
  const contents = new PackageContents({
    blobs,
    archiveLimits: defaultArchiveLimits,
    now: Date.now,
  });
  const file = join(root, 'uploaded');
  await writeFile(file, bytes);
  const admitted = contents.admit(file, request.digest, () =>
    Promise.reject(new Error('recorded')),
  );
  await expect(admitted).rejects.toMatchObject({ code });
  expect(await blobs.list()).toEqual([]);
});

test('every way to write a good archive is accepted, with modes of ours', async () => {
  const root = temporaryFolder();
  const archive = tgz([
    pax({ comment: '1234' }, 'g'),
    { path: './', type: '5', mode: 0o2777 },
    { path: './bin/', type: '5', mode: 0o700 },
    { path: './bin/server', mode: 0o4700 & 0o777, content: 'run' },
    { path: 'deep/without/folders', mode: 0o666, content: 'data' },
    longName(`long/${'n'.repeat(200)}`),
    { path: 'long/nnn', content: 'long' },
    pax({ path: 'schön/日本.txt', mtime: '1.5', 'SCHILY.xattr.user.x': 'y' }),
    { path: 'x', content: 'unicode' },
    { path: 'empty', content: '' },
    { path: 'old', type: '\0', content: 'v7' },
    { path: '.hidden', content: 'kept' },
  ]);
  const store = await openAgent(root, archive);
  const { path } = await store.install(requestFor(archive));
  const tree = (await treeOf(path)).map((line) => line.replace(/ [0-9a-f]{12}$/, ''));
  expect(tree).toEqual([
    '0644 .hidden',
    '0644 .tarsier-release.json',
    '0755 bin/',
    '0755 bin/server',
    '0755 deep/',
    '0755 deep/without/',
    '0644 deep/without/folders',
    '0644 empty',
    '0755 long/',
    `0644 long/${'n'.repeat(200)}`,
    '0644 old',
    '0755 schön/',
    '0644 schön/日本.txt',
  ]);
});
