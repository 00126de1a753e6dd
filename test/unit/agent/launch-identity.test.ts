import { describe, expect, test } from 'vitest';
import { changedFiles } from '../../../nodeagent/supervisor/push/changed-files.ts';
import { launchIdentity } from '../../../nodeagent/supervisor/push/launch-identity.ts';
import type { ServedFile } from '../../../spec/desired-state.ts';
import { servant, target, type TargetWish } from '../../support/agent/targets.ts';

const file = (name: string, content: string, appContent?: string): ServedFile => ({
  name,
  content,
  levels: ['service'],
  ...(appContent === undefined ? {} : { appContent }),
});

const wish: TargetWish = {
  service: 'A.B',
  type: 'tars-cpp',
  served: [file('a', '1')],
  files: [{ path: 'x', content: '1' }],
  artifact: { digest: 'sha256:1', sizeBytes: 1 },
};
const source = { config: 'c', path: 'p', line: 1, inline: false, renderedLine: 1 };

describe('the identity of what is launched', () => {
  const rows: readonly (readonly [string, Partial<TargetWish>, boolean])[] = [
    ['nothing', {}, true],
    ['generation', { generation: 7 }, true],
    ['content of a served file', { served: [file('a', '2')] }, true],
    ['a further served file', { served: [file('a', '1'), file('b', '1')] }, true],
    ['no served file', { served: [] }, true],
    ['where a file comes from', { files: [{ path: 'x', content: '1', sources: [source] }] }, true],
    ['a rendered file', { files: [{ path: 'x', content: '2' }] }, false],
    ['the environment', { env: { A: '1' } }, false],
    ['a servant', { servants: [servant('AObj')] }, false],
    ['the set', { set: 'a.b.1' }, false],
    ['the template', { template: '<tars>\n</tars>' }, false],
    ['the package', { artifact: { digest: 'sha256:2', sizeBytes: 1 } }, false],
  ];
  test.each(rows)('changes with %s: %o', (_, change, same) => {
    const before = launchIdentity(target(wish));
    expect(before).toBeDefined();
    expect(launchIdentity(target({ ...wish, ...change })) === before).toBe(same);
  });

  test('is not there for what loads nothing while it runs', () => {
    expect(launchIdentity(target({ service: 'A.B' }))).toBeUndefined();
  });
});

describe('the files to load again', () => {
  test.each([
    ['the same', [file('a', '1')], [file('a', '1')], []],
    ['a change', [file('a', '1'), file('b', '1')], [file('a', '1'), file('b', '2')], ['b']],
    ['a change for the application', [file('a', '1', 'x')], [file('a', '1', 'y')], ['a']],
    ['one more and one less', [file('a', '1')], [file('b', '1')], ['b']],
    ['nothing before', undefined, [file('a', '1')], ['a']],
    ['nothing after', [file('a', '1')], undefined, []],
  ] as const)('%s', (_, before, after, expected) => {
    expect(changedFiles(before, after)).toEqual(expected);
  });
});
