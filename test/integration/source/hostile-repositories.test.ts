/** Repositories that try to get something executed, read or filled up. Each ends in a code. */

import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CommitLoader } from '../../../controller/source/commit-loader.ts';
import type { SourceSettings } from '../../../controller/source/source-settings.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { followSource } from '../../support/git/followed-source.ts';
import { TestRepository, type TreeItem } from '../../support/git/test-repository.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

interface Stage {
  readonly repository: TestRepository;
  /** Must never come into being. */
  readonly marker: string;
  /** A program that would make it. */
  readonly payload: string;
  /** The entry of the one good file. */
  readonly good: TreeItem;
}

interface HostileCase {
  readonly name: string;
  /** Commits to `main` on top of one good commit. */
  readonly attack: (stage: Stage) => void;
  /** The whole commit is refused with this code, and the good one before it stays. */
  readonly refused?: string;
  /** The commit is taken over, with these faults by path. */
  readonly faults?: Readonly<Record<string, string>>;
  /** Nothing is wrong with it: what is planted is not even looked at. */
  readonly harmless?: true;
  readonly settings?: Partial<SourceSettings>;
}

const goodText = `apiVersion: tarsier/v1
kind: DataCenter
metadata: { name: sz }
spec: { role: primary }
`;

function file(name: string | Uint8Array, id: string, mode = '100644'): TreeItem {
  return { mode, name, id };
}

/** Names every level twice as often as the one above: 2^30 paths in 30 objects. */
function growBomb(repository: TestRepository): string {
  let tree = repository.tree([file('a.yaml', repository.blob('x'))]);
  for (let level = 0; level < 30; level += 1) {
    tree = repository.tree([
      { mode: '40000', name: 'a', id: tree },
      { mode: '40000', name: 'b', id: tree },
    ]);
  }
  return tree;
}

function nest(repository: TestRepository, levels: number, leaf: string): string {
  let tree = repository.tree([file('a.yaml', leaf)]);
  for (let level = 0; level < levels; level += 1) {
    tree = repository.tree([{ mode: '40000', name: 'd', id: tree }]);
  }
  return tree;
}

const cases: readonly HostileCase[] = [
  {
    name: 'a spec file that is a link to a file of the machine',
    attack: ({ repository, good }) => {
      const link = repository.blob('/etc/passwd');
      repository.commitTree(repository.tree([file('evil.yaml', link, '120000'), good]));
    },
    faults: { 'evil.yaml': 'FILE_LINK_REFUSED' },
  },
  {
    name: 'a folder that is a link out of the repository',
    attack: ({ repository, good }) => {
      const link = repository.blob('../../..');
      repository.commitTree(repository.tree([file('evil', link, '120000'), good]));
    },
    faults: { evil: 'FILE_LINK_REFUSED' },
  },
  {
    name: 'a submodule that would be fetched by a program',
    attack: ({ repository, good, payload }) => {
      const modules = repository.blob(
        `[submodule "evil"]\n\tpath = evil\n\turl = ext::${payload}\n\tupdate = checkout\n`,
      );
      const submodule = { mode: '160000', name: 'evil', id: repository.head() };
      repository.commitTree(repository.tree([file('.gitmodules', modules), submodule, good]));
    },
    faults: { evil: 'FILE_SUBMODULE_REFUSED' },
  },
  {
    name: 'a submodule whose URL is an option of git',
    attack: ({ repository, good, payload }) => {
      const modules = repository.blob(
        `[submodule "evil"]\n\tpath = evil\n\turl = --upload-pack=${payload}\n`,
      );
      const submodule = { mode: '160000', name: 'evil', id: repository.head() };
      repository.commitTree(repository.tree([file('.gitmodules', modules), submodule, good]));
    },
    refused: 'SOURCE_OBJECTS_REFUSED',
  },
  {
    name: 'a submodule whose update rule is a program',
    attack: ({ repository, good, payload }) => {
      const modules = repository.blob(
        `[submodule "evil"]\n\tpath = evil\n\turl = ./x\n\tupdate = !${payload}\n`,
      );
      repository.commitTree(repository.tree([file('.gitmodules', modules), good]));
    },
    refused: 'SOURCE_OBJECTS_REFUSED',
  },
  {
    name: 'a tree entry called ..',
    attack: ({ repository, good }) => {
      const inner = repository.tree([file('evil.yaml', repository.blob('x'))]);
      repository.commitTree(repository.tree([{ mode: '40000', name: '..', id: inner }, good]));
    },
    refused: 'SOURCE_OBJECTS_REFUSED',
  },
  {
    name: 'a tree entry called .git with a hook in it',
    attack: ({ repository, good }) => {
      const inner = repository.tree([file('config', repository.blob('[core]\nfsmonitor=x\n'))]);
      repository.commitTree(repository.tree([{ mode: '40000', name: '.git', id: inner }, good]));
    },
    refused: 'SOURCE_OBJECTS_REFUSED',
  },
  {
    name: 'a tree entry with slashes in its name',
    attack: ({ repository, good }) => {
      const evil = file('../../evil.yaml', repository.blob('x'));
      repository.commitTree(repository.tree([evil, good]));
    },
    refused: 'SOURCE_OBJECTS_REFUSED',
  },
  {
    name: 'two tree entries of one name',
    attack: ({ repository, good }) => {
      repository.commitTree(repository.tree([good, { ...good, id: repository.blob('x') }]));
    },
    refused: 'SOURCE_OBJECTS_REFUSED',
  },
  {
    name: 'a tree that is cut off in the middle of an entry',
    attack: ({ repository }) => {
      const input = Buffer.from('100644 evil.yaml\0short');
      const args = ['hash-object', '-w', '--literally', '-t', 'tree', '--stdin'];
      repository.commitTree(repository.gitWith({ input }, ...args));
    },
    refused: 'SOURCE_OBJECTS_REFUSED',
  },
  {
    name: 'a name with a line break, one with an escape sequence, one with a backslash',
    attack: ({ repository, good }) => {
      const id = repository.blob('x');
      const evil = ['a\nb.yaml', 'a\u001B[2Jb.yaml', 'a\\..\\b.yaml'].map((name) => file(name, id));
      repository.commitTree(repository.tree([...evil.toSorted(byName), good]));
    },
    faults: {
      'a\\x0ab.yaml': 'FILE_NAME_REFUSED',
      'a\\x1b[2Jb.yaml': 'FILE_NAME_REFUSED',
      'a\\x5c..\\x5cb.yaml': 'FILE_NAME_REFUSED',
    },
  },
  {
    name: 'a name that is not UTF-8',
    attack: ({ repository, good }) => {
      const name = Buffer.from([0x61, 0xff, 0xfe, ...Buffer.from('.yaml')]);
      repository.commitTree(repository.tree([file(name, repository.blob('x')), good]));
    },
    faults: { 'a\\xff\\xfe.yaml': 'FILE_NAME_REFUSED' },
  },
  {
    name: 'a name that begins like an option',
    attack: ({ repository, good }) => {
      const evil = file('--output=evil.yaml', repository.blob('x'));
      repository.commitTree(repository.tree([evil, good]));
    },
    faults: { '--output=evil.yaml': 'FILE_NAME_REFUSED' },
  },
  {
    name: 'two files that are one on machines without case',
    attack: ({ repository, good }) => {
      const id = repository.blob('x');
      const inner = repository.tree([file('Evil.yaml', id), file('evil.yaml', id)]);
      repository.commitTree(repository.tree([{ mode: '40000', name: 'd', id: inner }, good]));
    },
    faults: { 'd/Evil.yaml': 'FILE_NAME_COLLISION', 'd/evil.yaml': 'FILE_NAME_COLLISION' },
  },
  {
    name: 'a thousand million paths in 31 objects',
    attack: ({ repository }) => {
      repository.commitTree(growBomb(repository));
    },
    refused: 'SOURCE_TREE_TOO_LARGE',
  },
  {
    name: 'one small spec file under so many names that they would fill the memory',
    attack: ({ repository }) => {
      const blob = repository.blob(`# ${'x'.repeat(200 * 1024)}\n`);
      const folder = repository.tree(
        Array.from({ length: 30 }, (_, at) => file(`f${String(at).padStart(2, '0')}.yaml`, blob)),
      );
      const items = Array.from({ length: 30 }, (_, at) => ({
        mode: '40000',
        name: `d${String(at).padStart(2, '0')}`,
        id: folder,
      }));
      repository.commitTree(repository.tree(items));
    },
    refused: 'SOURCE_TREE_TOO_LARGE',
  },
  {
    name: 'folders in folders, three hundred deep',
    attack: ({ repository, good }) => {
      const deep = nest(repository, 300, repository.blob('x'));
      repository.commitTree(repository.tree([{ mode: '40000', name: 'd', id: deep }, good]));
    },
    faults: {
      [`${'d/'.repeat(301).slice(0, 40)}…${'d/'.repeat(20).slice(6)}a.yaml`]: 'FILE_NAME_REFUSED',
    },
  },
  {
    name: 'a spec file of 64 MB that takes 64 KB in the pack',
    attack: ({ repository, good }) => {
      const evil = file('evil.yaml', repository.blob(Buffer.alloc(64 * 1024 ** 2, 0x20)));
      repository.commitTree(repository.tree([evil, good]));
    },
    faults: { 'evil.yaml': 'SPEC_FILE_TOO_LARGE' },
  },
  {
    name: 'a pack that is larger than the limit of a fetch',
    attack: ({ repository, good }) => {
      const noise = Buffer.alloc(3 * 1024 ** 2);
      let state = 1;
      for (let at = 0; at < noise.length; at += 4) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        noise.writeUInt32LE(state, at);
      }
      repository.commitTree(repository.tree([file('evil.bin', repository.blob(noise)), good]));
    },
    settings: { packBytesMax: 1024 ** 2 },
    refused: 'SOURCE_PACK_TOO_LARGE',
  },
  {
    name: 'hooks, a file-system monitor, filters and programs in the repository and its settings',
    attack: ({ repository, payload }) => {
      const tree = repository.tree([
        file('.gitattributes', repository.blob('* filter=evil diff=evil\n')),
        file('good.yaml', repository.blob(goodText)),
      ]);
      repository.commitTree(tree);
      // From here on no git may write in it: the hooks work.
      const names = ['post-checkout', 'post-merge', 'reference-transaction', 'pre-receive'];
      for (const hook of names) {
        const path = join(repository.folder, '.git/hooks', hook);
        mkdirSync(join(repository.folder, '.git/hooks'), { recursive: true });
        symlinkSync(payload, path);
      }
      for (const [key, value] of [
        ['core.fsmonitor', payload],
        ['core.hooksPath', join(repository.folder, '.git/hooks')],
        ['core.sshCommand', payload],
        ['core.pager', payload],
        ['core.editor', payload],
        ['core.gitProxy', payload],
        ['core.alternateRefsCommand', payload],
        ['credential.helper', `!${payload}`],
        ['diff.external', payload],
        ['diff.evil.textconv', payload],
        ['filter.evil.smudge', payload],
        ['filter.evil.process', payload],
        ['gpg.program', payload],
        ['uploadpack.packObjectsHook', payload],
        ['protocol.ext.allow', 'always'],
        ['alias.fetch', `!${payload}`],
      ] as const) {
        repository.git('config', key, value);
      }
    },
    harmless: true,
  },
  {
    name: 'a missing object that would be fetched by a program',
    attack: ({ repository, good, payload }) => {
      const missing = '1234567890123456789012345678901234567890';
      const tree = repository.tree([file('evil.yaml', missing), good]);
      for (const [key, value] of [
        ['extensions.partialClone', 'evil'],
        ['remote.evil.url', 'file:///nonexistent'],
        ['remote.evil.promisor', 'true'],
        ['remote.evil.uploadpack', payload],
      ] as const) {
        repository.git('config', key, value);
      }
      repository.git('config', 'core.repositoryFormatVersion', '1');
      const input = `tree ${tree}\nparent ${repository.head()}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx\n`;
      const commit = repository.gitWith({ input }, 'hash-object', '-w', '-t', 'commit', '--stdin');
      repository.git('update-ref', 'refs/heads/main', commit);
    },
    refused: 'SOURCE_OBJECTS_REFUSED',
  },
  {
    name: 'a replaced object',
    attack: ({ repository }) => {
      const evil = repository.blob('good: replaced\n');
      repository.git('update-ref', `refs/replace/${repository.head('HEAD:good.yaml')}`, evil);
      repository.commitTree(repository.head('HEAD^{tree}'));
    },
    harmless: true,
  },
  {
    name: 'a commit whose author and subject would drive a terminal',
    attack: ({ repository, good }) => {
      const tree = repository.tree([good]);
      const input = `tree ${tree}\nparent ${repository.head()}\nauthor \u001B[31mMallory\u202E <m@x> 1 +0000\ncommitter M <m@x> 99999999999999999999 +0000\n\n\u001B]0;owned\u0007subject\n`;
      const args = ['hash-object', '-w', '--literally', '-t', 'commit', '--stdin'];
      repository.git('update-ref', 'refs/heads/main', repository.gitWith({ input }, ...args));
    },
    refused: 'SOURCE_OBJECTS_REFUSED',
  },
];

function byName(left: TreeItem, right: TreeItem): number {
  return Buffer.compare(Buffer.from(left.name), Buffer.from(right.name));
}

async function setStage(): Promise<Stage & { folder: string }> {
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'));
  repository.commitFiles({ 'good.yaml': goodText });
  const marker = join(folder, 'marker');
  const payload = join(folder, 'payload');
  writeFileSync(payload, `#!/bin/sh\ntouch ${marker}\n`);
  chmodSync(payload, 0o755);
  const good = file('good.yaml', repository.head('HEAD:good.yaml'));
  return { folder, repository, marker, payload, good };
}

describe('a hostile repository', () => {
  test.each(cases)('$name', async ({ attack, refused, faults = {}, settings }) => {
    const stage = await setStage();
    const { repository, folder, marker } = stage;
    const followed = followSource({ url: repository.folder, ...settings }, folder);
    await followed.source.start();
    const before = repository.head();
    await followed.reaches(before);
    attack(stage);
    const hostile = repository.head('main');
    expect(hostile).not.toBe(before);
    followed.source.lookSoon();

    const loader = new CommitLoader((id, bytesMax) => followed.source.content(id, bytesMax));
    const outcome = await followed.settles(hostile, async () => {
      const snapshot = await followed.source.snapshot(hostile);
      return loader.load(snapshot);
    });

    if (refused !== undefined) {
      expect(outcome.code).toBe(refused);
      const { files } = await followed.source.snapshot(before);
      expect([...files.keys()]).toEqual(['good.yaml']);
    } else {
      expect(outcome.code).toBeUndefined();
      const found: Record<string, string> = {};
      for (const { path, faults: list } of outcome.loaded?.files.values() ?? []) {
        for (const { code } of list) found[path] = code;
      }
      expect(found).toEqual(faults);
      expect(outcome.loaded?.files.get('good.yaml')?.objects).toMatchObject([{ name: 'sz' }]);
    }
    expect(existsSync(marker)).toBe(false);
    // A helper of git that was told to end may still be at it.
    const source = join(folder, 'data/source');
    const left = () =>
      readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
        /tmp_|\.lock$/.test(name),
      );
    await eventually(
      () => left().length === 0,
      () => left().join(' '),
    );
    expect(JSON.stringify([followed.source.status, followed.warnings])).not.toContain('\\u001b');
  });

  test('the payload of these tests does leave its mark when it is run', async () => {
    const { repository, marker, payload } = await setStage();
    repository.git('config', 'core.fsmonitor', payload);
    repository.git('status');
    expect(existsSync(marker)).toBe(true);
  });
});
