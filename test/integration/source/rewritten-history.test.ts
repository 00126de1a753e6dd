import { chown, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { acceptRewind } from '../../../controller/source/rewind-acceptance.ts';
import { followSource } from '../../support/git/followed-source.ts';
import { TestRepository } from '../../support/git/test-repository.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function followedRepository() {
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'));
  const first = repository.commitFiles({ 'a.yaml': '1' });
  const second = repository.commitFiles({ 'a.yaml': '2' });
  const followed = followSource({ url: repository.folder, pollMs: 50 }, folder);
  await followed.source.start();
  await followed.reaches(second);
  return { folder, repository, first, second, followed };
}

function frozen(followed: Awaited<ReturnType<typeof followedRepository>>['followed']) {
  return vi.waitFor(() => {
    const { status } = followed.source;
    if (status.frozen === undefined) throw new Error('not frozen');
    return status.frozen;
  });
}

test('an amended commit freezes the source, which names both commits and what to do', async () => {
  const { repository, second, followed } = await followedRepository();
  repository.git('commit', '--quiet', '--amend', '--message', 'rewritten');
  const found = repository.head();
  const state = await frozen(followed);
  expect(state).toMatchObject({ code: 'SOURCE_REWOUND', expected: second, found });
  expect(state.message).toContain(second);
  expect(state.hint).toContain(`tarsctl source accept ${found}`);
  expect(followed.heads.at(-1)?.commit).toBe(second);
  expect(followed.source.status.head?.commit).toBe(second);
});

test('a force-push back to an older commit freezes, and pushing the newer one again thaws', async () => {
  const { repository, first, second, followed } = await followedRepository();
  repository.git('reset', '--quiet', '--hard', first);
  expect(await frozen(followed)).toMatchObject({ expected: second, found: first });
  repository.git('reset', '--quiet', '--hard', second);
  await vi.waitFor(() => expect(followed.source.status.frozen).toBeUndefined());
  await followed.reaches(repository.commitFiles({ 'a.yaml': '3' }));
});

test('a merge that continues both histories thaws without anyone at the controller', async () => {
  const { repository, first, second, followed } = await followedRepository();
  repository.git('reset', '--quiet', '--hard', first);
  repository.commitFiles({ 'a.yaml': 'other' });
  await frozen(followed);
  repository.git('merge', '--quiet', '--strategy', 'ours', '--no-edit', second);
  await followed.reaches(repository.head());
  expect(followed.source.status.frozen).toBeUndefined();
});

test('a frozen source stays frozen after a restart', async () => {
  const { folder, repository, first, second, followed } = await followedRepository();
  await followed.source.close();
  repository.git('reset', '--quiet', '--hard', first);
  const again = followSource({ url: repository.folder }, folder, followed.taken);
  await again.source.start();
  expect(again.source.status.frozen).toMatchObject({ expected: second, found: first });
  expect(again.heads).toEqual([]);
});

test('a frozen source stays frozen even if our copy is lost and the old commit with it', async () => {
  const { folder, repository, second, followed } = await followedRepository();
  await followed.source.close();
  repository.git('checkout', '--quiet', '--orphan', 'new');
  repository.commit('another root');
  repository.git('branch', '--force', 'main', 'new');
  repository.git('checkout', '--quiet', 'main');
  const elsewhere = join(folder, 'elsewhere');
  const again = followSource({ url: repository.folder }, elsewhere, followed.taken);
  await again.source.start();
  expect(again.source.status.frozen).toMatchObject({ expected: second, found: repository.head() });
});

test('an operator accepts exactly one commit, once', async () => {
  const { folder, repository, first, second, followed } = await followedRepository();
  const data = join(folder, 'data');
  repository.git('reset', '--quiet', '--hard', first);
  const other = repository.commitFiles({ 'a.yaml': 'other' });
  await frozen(followed);
  await acceptRewind(data, second);
  await vi.waitFor(() => expect(followed.source.status.frozen?.count).toBeGreaterThan(3));
  await acceptRewind(data, other);
  await followed.reaches(other);
  expect(followed.source.status.frozen).toBeUndefined();
  await followed.reaches(repository.commitFiles({ 'a.yaml': 'onwards' }));
  await vi.waitFor(async () => {
    expect(await readdir(join(data, 'source'))).not.toContain('accepted-rewind');
  });
  repository.git('reset', '--quiet', '--hard', other);
  expect(await frozen(followed)).toMatchObject({ found: other });
});

test.runIf(process.getuid?.() === 0)(
  'what root accepts can be read by the user of the controller',
  async () => {
    const data = temporaryFolder();
    await chown(data, 65_534, 65_534);
    await acceptRewind(data, 'a'.repeat(40));
    const file = await stat(join(data, 'source', 'accepted-rewind'));
    expect([file.uid, file.gid, file.mode & 0o777]).toEqual([65_534, 65_534, 0o600]);
  },
);

test('only a whole commit id can be accepted', async () => {
  const folder = temporaryFolder();
  await mkdir(join(folder, 'data'));
  await expect(acceptRewind(join(folder, 'data'), 'main')).rejects.toMatchObject({ code: 'USAGE' });
  expect(await readdir(join(folder, 'data'))).toEqual([]);
});

test('another branch or folder named by the operator is another history', async () => {
  const { folder, repository, first, followed } = await followedRepository();
  await followed.source.close();
  repository.git('branch', 'stable', first);
  const again = followSource({ url: repository.folder, branch: 'stable' }, folder, followed.taken);
  await again.source.start();
  await again.reaches(first);
  expect(again.source.status.frozen).toBeUndefined();
});

test('a commit that was handed on is history even before it is taken over', async () => {
  const { repository, first, second, followed } = await followedRepository();
  followed.taken = { commit: first };
  repository.git('reset', '--quiet', '--hard', first);
  repository.commitFiles({ 'a.yaml': 'other' });
  expect(await frozen(followed)).toMatchObject({ expected: second });
});
