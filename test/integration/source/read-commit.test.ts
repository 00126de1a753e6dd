import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { readCommit } from '../../../controller/source/read-commit.ts';
import { TestRepository } from '../../support/git/test-repository.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

function someRepository(): TestRepository {
  const repository = new TestRepository(join(temporaryFolder(), 'repository'));
  repository.commitFiles({ 'fleet/a.yaml': 'a: 1\n', 'other.yaml': 'x\n' }, 'one');
  repository.git('tag', '--annotate', '-m', 'first', 'v1');
  repository.commitFiles({ 'fleet/a.yaml': 'a: 2\n' }, 'two');
  return repository;
}

test.each([
  ['HEAD', 'two', 'a: 2\n'],
  ['main~1', 'one', 'a: 1\n'],
  ['v1', 'one', 'a: 1\n'],
  ['refs/heads/main', 'two', 'a: 2\n'],
])('%s of a clone', async (ref, subject, content) => {
  const repository = someRepository();
  const commit = await readCommit(repository.folder, ref, 'fleet');
  const { snapshot } = commit;
  expect(snapshot.commit).toMatchObject({ subject, commit: repository.head(`${ref}^{commit}`) });
  expect([...snapshot.files.keys()]).toEqual(['a.yaml']);
  const objectId = snapshot.files.get('a.yaml')?.objectId ?? '';
  expect((await commit.content(objectId, 10)).toString()).toBe(content);
  await expect(commit.content(objectId, 3)).rejects.toMatchObject({
    code: 'SOURCE_BLOB_TOO_LARGE',
  });
  expect((await commit.content(objectId, 10)).toString()).toBe(content);
  commit.close();
});

test('a clone is named relative to the folder that one is in', async () => {
  const repository = someRepository();
  const commit = await readCommit(relative(process.cwd(), repository.folder), 'HEAD', '');
  expect([...commit.snapshot.files.keys()]).toEqual(['fleet/a.yaml', 'other.yaml']);
  commit.close();
});

test.each(['', 'no-such', '--all', '--output=/tmp/x', 'HEAD:fleet', '@{upstream}', 'HEAD\n'])(
  'the name %j is refused',
  async (ref) => {
    await expect(readCommit(someRepository().folder, ref, '')).rejects.toMatchObject({
      code: 'SOURCE_REF_MISSING',
    });
  },
);

test('a folder without a repository, and a path that is not there', async () => {
  await expect(readCommit(temporaryFolder(), 'HEAD', '')).rejects.toMatchObject({
    code: 'SOURCE_NOT_A_REPOSITORY',
  });
  await expect(readCommit(someRepository().folder, 'HEAD', 'flet')).rejects.toMatchObject({
    code: 'SOURCE_PATH_MISSING',
  });
  await expect(readCommit(someRepository().folder, 'HEAD', '../x')).rejects.toMatchObject({
    code: 'SOURCE_PATH_REFUSED',
  });
});

test('an object that is replaced is read as it was committed', async () => {
  const repository = someRepository();
  const evil = repository.blob('evil: 1\n');
  const objectId = repository.head('HEAD:fleet/a.yaml');
  repository.git('update-ref', `refs/replace/${objectId}`, evil);
  expect(repository.git('show', 'HEAD:fleet/a.yaml')).toBe('evil: 1');
  const commit = await readCommit(repository.folder, 'HEAD', '');
  expect((await commit.content(objectId, 100)).toString()).toBe('a: 2\n');
  commit.close();
});
