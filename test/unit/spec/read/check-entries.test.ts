import { expect, test } from 'vitest';
import {
  checkEntries,
  isSpecFile,
  type DirectoryEntry,
} from '../../../../spec/read/check-entries.ts';
import { checkObjectCount } from '../../../../spec/read/check-object-count.ts';
import { limits } from '../../../../spec/read/limits.ts';
import { loadFile } from '../../../../spec/read/load-file.ts';

const entries = (...paths: string[]): DirectoryEntry[] =>
  paths.map((path) => ({ path, type: 'file' }));

test.each([
  ['a.yaml', true],
  ['a/b.yml', true],
  ['a.yaml.bak', false],
  ['a.YAML', false],
  ['.github/workflows/ci.yaml', false],
  ['a/.hidden.yaml', false],
  ['node_modules/x/a.yaml', false],
  ['my_node_modules/a.yaml', true],
])('%s is a spec file: %s', (path, expected) => {
  expect(isSpecFile(path)).toBe(expected);
});

test('a folder that cannot be read may hide objects', () => {
  const { refused } = checkEntries([{ path: 'closed', type: 'unreadable' }]);
  expect(refused).toMatchObject([
    {
      path: 'closed',
      unreadable: true,
      faults: [{ code: 'SPEC_FILE_UNREADABLE', severity: 'error' }],
    },
  ]);
});

test.each([
  ['a name of 256 characters', `${'a'.repeat(251)}.yaml`],
  ['a path of 1,030 characters', `${'abcdefghi/'.repeat(103)}a.yaml`],
  ['40 folders', `${'a/'.repeat(40)}a.yaml`],
])('%s is refused', (_, path) => {
  const { specFiles, refused } = checkEntries(entries(path, 'good.yaml'));
  expect(specFiles).toEqual(['good.yaml']);
  expect(refused.map(({ faults }) => faults[0]?.code)).toEqual(['FILE_NAME_REFUSED']);
});

test('beyond the limit, files are refused, and the first of them is named', () => {
  const paths = Array.from({ length: limits.filesMax + 5 }, (_, index) => `${index}.yaml`);
  const { specFiles, refused } = checkEntries(entries(...paths));
  expect(specFiles).toHaveLength(limits.filesMax);
  expect(refused).toMatchObject([
    {
      path: `${limits.filesMax}.yaml`,
      unreadable: true,
      faults: [{ code: 'SPEC_TOO_MANY_FILES' }],
    },
  ]);
});

test('objects are counted over all files', () => {
  const text = 'apiVersion: tarsier/v1\nkind: Cluster\nmetadata: { name: a }\nspec: {}\n';
  const file = loadFile({ path: 'a.yaml', blobId: 'x', bytes: new TextEncoder().encode(text) });
  const [object] = file.objects;
  if (object === undefined) throw new Error('the object is missing');
  const many = { ...file, objects: Array<typeof object>(limits.objectsMax).fill(object) };
  expect(checkObjectCount([many])).toBeUndefined();
  expect(checkObjectCount([many, { ...file, path: 'b.yaml' }])).toMatchObject({
    code: 'SPEC_TOO_MANY_OBJECTS',
    place: { path: 'b.yaml' },
  });
});
