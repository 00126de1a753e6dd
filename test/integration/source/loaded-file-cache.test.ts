import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { CommitLoader } from '../../../controller/source/commit-loader.ts';
import { LoadedFileCache } from '../../../controller/source/loaded-file-cache.ts';
import { readCommit } from '../../../controller/source/read-commit.ts';
import { loadFile } from '../../../spec/read/load-file.ts';
import type { LoadedFile } from '../../../spec/repository.ts';
import { nodesFile, serviceFile } from '../../support/git/fleet-files.ts';
import { TestRepository } from '../../support/git/test-repository.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

function someFiles(count: number): LoadedFile[] {
  return Array.from({ length: count }, (_, at) =>
    loadFile({
      path: `services/s${at}.yaml`,
      blobId: String(at).padStart(40, '0'),
      bytes: Buffer.from(serviceFile(`Shop.S${at}`)),
    }),
  );
}

function byPath(files: readonly LoadedFile[]): LoadedFile[] {
  return files.toSorted((left, right) => (left.path < right.path ? -1 : 1));
}

/** A cache with content, closed. */
function writtenCache(): { file: string; files: LoadedFile[] } {
  const file = join(temporaryFolder(), 'cache', 'files.sqlite');
  const files = someFiles(200);
  const cache = new LoadedFileCache(file, 'v1');
  cache.write(files);
  cache.close();
  return { file, files };
}

test('what was written is there after a restart, with faults and all', () => {
  const file = join(temporaryFolder(), 'files.sqlite');
  const files = [
    ...someFiles(5),
    loadFile({ path: 'broken.yaml', blobId: 'b'.repeat(40), bytes: Buffer.from('a: [') }),
  ];
  const before = new LoadedFileCache(file, 'v1');
  before.write(files);
  before.close();
  const after = new LoadedFileCache(file, 'v1');
  expect(byPath(after.readAll())).toEqual(byPath(files));
  after.prune(new Map(files.slice(0, 2).map((kept) => [kept.path, kept])));
  expect(byPath(after.readAll())).toEqual(byPath(files.slice(0, 2)));
  after.close();
});

test('of a path the newest content is kept', () => {
  const cache = new LoadedFileCache(join(temporaryFolder(), 'files.sqlite'), 'v1');
  const [file] = someFiles(1) as [LoadedFile];
  cache.write([file]);
  cache.write([{ ...file, blobId: 'c'.repeat(40) }]);
  expect(cache.readAll().map(({ blobId }) => blobId)).toEqual(['c'.repeat(40)]);
  cache.close();
});

test('another version of the loader starts empty', () => {
  const { file } = writtenCache();
  const newer = new LoadedFileCache(file, 'v2');
  expect(newer.readAll()).toEqual([]);
  newer.close();
  const older = new LoadedFileCache(file, 'v1');
  expect(older.readAll()).toEqual([]);
  older.close();
});

test.each([
  ['empty', (file: string) => truncateSync(file, 0)],
  ['cut in half', (file: string) => truncateSync(file, Math.floor(statSync(file).size / 2))],
  [
    'no database at all',
    (file: string) => writeFileSync(file, 'not a database, but text '.repeat(99)),
  ],
  [
    'overwritten in the middle',
    (file: string) => {
      const bytes = readFileSync(file);
      bytes.fill(0xa5, bytes.length / 4, (bytes.length * 3) / 4);
      writeFileSync(file, bytes);
    },
  ],
])('a file that is %s gives nothing wrong and works again', (_, damage) => {
  const { file, files } = writtenCache();
  damage(file);
  const cache = new LoadedFileCache(file, 'v1');
  const known = new Map(files.map((one) => [one.path, one]));
  for (const found of cache.readAll()) expect(found).toEqual(known.get(found.path));
  cache.write(files);
  expect(byPath(cache.readAll())).toEqual(byPath(files));
  cache.close();
});

test('a row that was altered is not believed', () => {
  const { file, files } = writtenCache();
  const database = new DatabaseSync(file);
  database.exec(
    `UPDATE loaded_files SET body = replace(body, 'exec sleep', 'evil sleep') WHERE path = 'services/s7.yaml'`,
  );
  database.close();
  const cache = new LoadedFileCache(file, 'v1');
  const found = cache.readAll();
  expect(found).toHaveLength(files.length - 1);
  expect(found.map(({ path }) => path)).not.toContain('services/s7.yaml');
  cache.close();
});

test('a restart reads only the blobs that have changed', async () => {
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'));
  repository.commitFiles({
    'nodes.yaml': nodesFile(2),
    'a.yaml': serviceFile('Shop.A'),
    'b.yaml': serviceFile('Shop.B'),
  });
  const read: string[] = [];
  const load = async (ref: string) => {
    const cache = new LoadedFileCache(join(folder, 'files.sqlite'), 'v1');
    const open = await readCommit(repository.folder, ref, '');
    read.length = 0;
    const loader = new CommitLoader(async (objectId, bytesMax) => {
      read.push(objectId);
      return open.content(objectId, bytesMax);
    }, cache);
    const { files } = await loader.load(open.snapshot);
    open.close();
    cache.close();
    return [...files.keys()].toSorted();
  };
  expect(await load('main')).toEqual(['a.yaml', 'b.yaml', 'nodes.yaml']);
  expect(read).toHaveLength(3);
  await load('HEAD');
  expect(read).toHaveLength(0);
  repository.remove('b.yaml');
  repository.commitFiles({ 'a.yaml': serviceFile('Shop.A', { start: 'exec sleep 2' }) });
  expect(await load('HEAD')).toEqual(['a.yaml', 'nodes.yaml']);
  expect(read).toHaveLength(1);
});
