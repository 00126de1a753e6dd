import { expect, test } from 'vitest';
import {
  parseTreeChanges,
  parseTreeListing,
  type TreeEntry,
} from '../../../controller/source/tree-entry.ts';
import { TreeIndex } from '../../../controller/source/tree-index.ts';

function entry(path: string, mode = '100644'): TreeEntry {
  return { path, escaped: false, mode, objectId: 'a'.repeat(40), sizeBytes: 1 };
}

function indexOf(...paths: string[]): TreeIndex {
  const index = new TreeIndex();
  for (const path of paths) index.apply({ kind: 'set', entry: entry(path) });
  return index;
}

function shown(index: TreeIndex) {
  const { files, refused } = index.read();
  const codes = Object.fromEntries([...refused.values()].map(({ path, code }) => [path, code]));
  return { files: [...files.keys()].toSorted(), refused: codes };
}

test.each(['a.yaml', 'a/b-c/d_e.f@g+h=i.yaml', 'A/B.yml', 'x'.repeat(255)])(
  '%s is a file',
  (path) => {
    expect(shown(indexOf(path))).toEqual({ files: [path], refused: {} });
  },
);

test.each([
  'a b.yaml',
  'ä.yaml',
  'a:b.yaml',
  'a\\b.yaml',
  '../a.yaml',
  'a/../b.yaml',
  'a//b.yaml',
  './a.yaml',
  '.git/config',
  'a/.GIT/config',
  '-a.yaml',
  'a/--b.yaml',
  'x'.repeat(256),
  `${'a/'.repeat(32)}b`,
  `${'abcdefgh/'.repeat(20)}`.repeat(6) + 'b',
])('%j is refused', (path) => {
  const { files, refused } = shown(indexOf(path));
  expect(files).toEqual([]);
  expect(Object.values(refused)).toEqual(['FILE_NAME_REFUSED']);
});

test('an unknown mode is refused', () => {
  const index = new TreeIndex();
  index.apply({ kind: 'set', entry: entry('a', '100000') });
  expect(shown(index).refused).toEqual({ a: 'FILE_NAME_REFUSED' });
});

test('a collision ends when one of the two goes, whichever it is', () => {
  for (const gone of ['A.yaml', 'a.yaml']) {
    const index = indexOf('A.yaml', 'a.yaml', 'b.yaml');
    expect(index.hasCollisions).toBe(true);
    expect(shown(index)).toEqual({
      files: ['b.yaml'],
      refused: { 'A.yaml': 'FILE_NAME_COLLISION', 'a.yaml': 'FILE_NAME_COLLISION' },
    });
    index.apply({ kind: 'removed', path: gone });
    expect(index.hasCollisions).toBe(false);
    expect(shown(index)).toEqual({
      files: ['A.yaml', 'a.yaml', 'b.yaml'].filter((path) => path !== gone),
      refused: {},
    });
    index.apply({ kind: 'set', entry: entry(gone) });
    expect(index.hasCollisions).toBe(true);
  }
});

test('three spellings are three refusals, each naming the other two', () => {
  const index = indexOf('A.yaml', 'a.yaml', 'a.YAML');
  expect(index.read().refused.get('a.yaml')?.others.toSorted()).toEqual(['A.yaml', 'a.YAML']);
  index.apply({ kind: 'removed', path: 'a.YAML' });
  index.apply({ kind: 'removed', path: 'a.yaml' });
  expect(shown(index)).toEqual({ files: ['A.yaml'], refused: {} });
});

test('a file that becomes a link, and a file again', () => {
  const index = indexOf('a.yaml');
  index.apply({ kind: 'set', entry: entry('a.yaml', '120000') });
  expect(shown(index)).toEqual({ files: [], refused: { 'a.yaml': 'FILE_LINK_REFUSED' } });
  index.apply({ kind: 'set', entry: entry('a.yaml') });
  expect(shown(index)).toEqual({ files: ['a.yaml'], refused: {} });
  expect(index.size).toBe(1);
});

test('what was read stays as it was', () => {
  const index = indexOf('a.yaml');
  const before = index.read();
  index.apply({ kind: 'removed', path: 'a.yaml' });
  expect([...before.files.keys()]).toEqual(['a.yaml']);
});

test('listings and changes of git are parsed byte by byte', () => {
  const id = 'b'.repeat(40);
  const listing = Buffer.concat([
    Buffer.from(`100644 blob ${id}      12\ta.yaml\0`),
    Buffer.from(`160000 commit ${id}       -\tsub\0`),
    Buffer.from(`100644 blob ${id}       3\t`),
    Buffer.from([0xff, 0x09, 0x0a, 0x5c, 0]),
  ]);
  expect([...parseTreeListing(listing)]).toEqual([
    { path: 'a.yaml', escaped: false, mode: '100644', objectId: id, sizeBytes: 12 },
    { path: 'sub', escaped: false, mode: '160000', objectId: id, sizeBytes: undefined },
    { path: '\\xff\\x09\\x0a\\x5c', escaped: true, mode: '100644', objectId: id, sizeBytes: 3 },
  ]);
  const changes = Buffer.from(
    `:100644 000000 ${id} ${'0'.repeat(40)} D\0gone.yaml\0:100644 120000 ${id} ${id} T\0link\0`,
  );
  expect([...parseTreeChanges(changes)]).toEqual([
    { kind: 'removed', path: 'gone.yaml' },
    {
      kind: 'set',
      entry: { path: 'link', escaped: false, mode: '120000', objectId: id, sizeBytes: undefined },
    },
  ]);
});
