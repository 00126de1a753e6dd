import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { TestRepository } from '../../support/git/test-repository.ts';
import { followSource } from '../../support/git/followed-source.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('a local commit is handed on without waiting for the poll', async () => {
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'));
  const first = repository.commitFiles({ 'a.yaml': 'a: 1\n' });
  const followed = followSource({ url: repository.folder }, folder);
  await followed.source.start();
  await followed.reaches(first);
  const second = repository.commitFiles({ 'a.yaml': 'a: 2\n' }, 'raise a');
  await followed.reaches(second);
  expect(followed.heads.at(-1)).toMatchObject({
    commit: second,
    author: 'Alice <alice@example.com>',
    subject: 'raise a',
  });
  expect(followed.source.status).toMatchObject({ branch: 'main', head: { commit: second } });
  expect(followed.source.status.problem).toBeUndefined();
});

test('a branch is followed into packed references and out of them', async () => {
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'));
  repository.commitFiles({ 'a.yaml': '1' });
  const followed = followSource({ url: `file://${repository.folder}` }, folder);
  await followed.source.start();
  await followed.reaches(repository.commitFiles({ 'a.yaml': '2' }));
  repository.git('pack-refs', '--all');
  await followed.reaches(repository.commitFiles({ 'a.yaml': '3' }));
});

test('a branch that moves within the packed references alone is noticed', async () => {
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'));
  const first = repository.commitFiles({ 'a.yaml': '1' });
  const second = repository.commitFiles({ 'a.yaml': '2' });
  repository.git('reset', '--quiet', '--hard', first);
  repository.git('pack-refs', '--all');
  const followed = followSource({ url: repository.folder }, folder);
  await followed.source.start();
  const packed = join(repository.folder, '.git/packed-refs');
  const text = readFileSync(packed, 'utf8').replaceAll(first, second);
  writeFileSync(`${packed}.new`, text);
  renameSync(`${packed}.new`, packed);
  await followed.reaches(second);
});

test('a bare repository is followed as pushes arrive, through a name with slashes', async () => {
  const folder = temporaryFolder();
  const bare = new TestRepository(join(folder, 'bare.git'), ['--bare']);
  const clone = new TestRepository(join(folder, 'clone'));
  clone.git('checkout', '--quiet', '-b', 'release/v1');
  clone.commitFiles({ 'a.yaml': '1' });
  clone.git('push', '--quiet', bare.folder, 'release/v1');
  const followed = followSource({ url: bare.folder, branch: 'release/v1' }, folder);
  await followed.source.start();
  const second = clone.commitFiles({ 'a.yaml': '2' });
  clone.git('push', '--quiet', bare.folder, 'release/v1');
  await followed.reaches(second);
});

test('a branch that nobody named stays the one that was followed, whatever is checked out', async () => {
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'));
  const first = repository.commitFiles({ 'a.yaml': '1' });
  const before = followSource({ url: repository.folder }, folder);
  await before.source.start();
  await before.source.close();
  repository.git('checkout', '--quiet', '-b', 'topic');
  repository.commitFiles({ 'a.yaml': 'topic' });
  const after = followSource({ url: repository.folder }, folder, before.taken);
  await after.source.start();
  await after.reaches(first);
  expect(after.source.status.branch).toBe('main');
});

test('a linked work tree is followed through its common folder', async () => {
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'));
  repository.commitFiles({ 'a.yaml': '1' });
  const linked = join(folder, 'linked');
  repository.git('worktree', 'add', '--quiet', '-b', 'side', linked);
  const followed = followSource({ url: linked, branch: 'main' }, folder);
  await followed.source.start();
  await followed.reaches(repository.commitFiles({ 'a.yaml': '2' }));
});

test('of a storm of commits the newest arrives, and in order', async () => {
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'));
  repository.commitFiles({ 'a.yaml': '0' });
  const followed = followSource({ url: repository.folder }, folder);
  await followed.source.start();
  const order = new Map<string, number>();
  for (let round = 1; round <= 60; round += 1) {
    order.set(repository.commitFiles({ 'a.yaml': `${round}\n` }), round);
    // Lets the watch see it, as it would while another program commits.
    await new Promise(setImmediate);
  }
  await followed.reaches(repository.head());
  const seen = followed.heads.map(({ commit }) => order.get(commit) ?? 0);
  expect(seen).toEqual(seen.toSorted((left, right) => left - right));
});

test('of a repository only the named folder is read', async () => {
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'));
  const commit = repository.commitFiles({
    'fleet/prod/a.yaml': 'a: 1\n',
    'fleet/test/a.yaml': 'a: 2\n',
    'readme.yaml': 'x',
  });
  const followed = followSource({ url: repository.folder, path: './fleet//prod/' }, folder);
  await followed.source.start();
  const snapshot = await followed.source.snapshot(commit);
  expect([...snapshot.files.keys()]).toEqual(['a.yaml']);
  const objectId = snapshot.files.get('a.yaml')?.objectId ?? '';
  expect((await followed.source.content(objectId, 100)).toString()).toBe('a: 1\n');
});

test('a missing folder and a folder that is a file are told', async () => {
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'));
  const commit = repository.commitFiles({ fleet: 'a file' });
  for (const path of ['fleet', 'flet']) {
    const followed = followSource({ url: repository.folder, path }, join(folder, path));
    await followed.source.start();
    await expect(followed.source.snapshot(commit)).rejects.toMatchObject({
      code: 'SOURCE_PATH_MISSING',
    });
  }
});

test('a snapshot after each commit equals one from scratch', async () => {
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'));
  const followed = followSource({ url: repository.folder }, folder);
  const commits = [
    repository.commitFiles({ 'a.yaml': '1', 'b/c.yaml': '1', 'b/d.yaml': '1' }),
    repository.commitFiles({ 'a.yaml': '2' }),
  ];
  repository.remove('b');
  repository.write('b', 'now a file');
  commits.push(repository.commit());
  repository.git('mv', 'a.yaml', 'z.yaml');
  commits.push(repository.commit());
  repository.git('revert', '--no-edit', 'HEAD~1');
  commits.push(repository.head());
  await followed.source.start();
  for (const commit of [...commits, ...commits.toReversed()]) {
    const expected = repository
      .git('ls-tree', '-r', '--format=%(path) %(objectname) %(objectsize)', commit)
      .split('\n');
    const { files } = await followed.source.snapshot(commit);
    const found = [...files.values()].map((file) => Object.values(file).join(' '));
    expect(found.toSorted()).toEqual(expected.toSorted());
  }
});

test('a repository with SHA-256 object ids is followed', async () => {
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'), ['--object-format=sha256']);
  const commit = repository.commitFiles({ 'a.yaml': 'a: 1\n' });
  const followed = followSource({ url: repository.folder }, folder);
  await followed.source.start();
  await followed.reaches(commit);
  expect(commit).toHaveLength(64);
  expect((await followed.source.snapshot(commit)).files.size).toBe(1);
});

test('our copy is readable by its owner alone and heals after damage', async () => {
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'));
  repository.commitFiles({ 'a.yaml': 'a: 1\n' });
  const mirror = join(folder, 'data/source/repository.git');
  const before = followSource({ url: repository.folder }, folder);
  await before.source.start();
  await before.source.close();
  expect(statSync(mirror).mode & 0o777).toBe(0o700);

  const objects = join(mirror, 'objects');
  for (const name of readdirSync(objects, { recursive: true, encoding: 'utf8' })) {
    const file = join(objects, name);
    if (!statSync(file).isFile()) continue;
    execFileSync('chmod', ['u+w', file]);
    truncateSync(file, 3);
  }
  writeFileSync(join(mirror, 'refs/tarsier/head.lock'), '');
  const after = followSource({ url: repository.folder, pollMs: 20 }, folder);
  await after.source.start();
  const commit = repository.commitFiles({ 'a.yaml': 'a: 2\n' });
  await after.reaches(commit);
  expect((await after.source.snapshot(commit)).files.size).toBe(1);
});

test('our copy is fetched anew when it is lost while we run', async () => {
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'));
  repository.commitFiles({ 'a.yaml': 'a: 1\n' });
  const followed = followSource({ url: repository.folder, pollMs: 20 }, folder);
  await followed.source.start();
  rmSync(join(folder, 'data/source/repository.git'), { recursive: true });
  mkdirSync(join(folder, 'data/source/repository.git'));
  const commit = repository.commitFiles({ 'a.yaml': 'a: 2\n' });
  await followed.reaches(commit);
  await vi.waitFor(async () => {
    expect((await followed.source.snapshot(commit)).files.size).toBe(1);
  });
});
