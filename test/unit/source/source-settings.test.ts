import { describe, expect, test } from 'vitest';
import { isTarsierError } from '../../../errors/tarsier-error.ts';
import { parseRepositoryUrl, redactUrls } from '../../../controller/source/repository-url.ts';
import {
  checkSource,
  isBranchName,
  normaliseSubPath,
} from '../../../controller/source/source-settings.ts';

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (isTarsierError(error)) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('repositories that may be named', () => {
  test.each([
    ['/srv/fleet.git', 'file', '/srv/fleet.git'],
    ['./fleet', 'file', '/srv/fleet'],
    ['../fleet', 'file', '/fleet'],
    ['fleet', 'file', '/srv/fleet'],
    ['./a:b', 'file', '/srv/a:b'],
    ['file:///srv/my%20fleet', 'file', '/srv/my fleet'],
    ['ssh://git@example.com:2222/fleet.git', 'ssh', 'ssh://git@example.com:2222/fleet.git'],
    ['git@example.com:team/fleet.git', 'ssh', 'git@example.com:team/fleet.git'],
    ['https://example.com/fleet.git', 'https', 'https://example.com/fleet.git'],
    ['http://127.0.0.1:3000/fleet.git', 'http', 'http://127.0.0.1:3000/fleet.git'],
  ])('%s', (text, transport, fetchUrl) => {
    expect(parseRepositoryUrl(text, '/srv')).toEqual({ transport, fetchUrl });
  });
});

test.each([
  '',
  '--upload-pack=touch x',
  '-c core.sshCommand=x',
  'ext::sh -c touch% x',
  'EXT::sh -c x',
  'fd::17',
  'transport-helper::x',
  'https://user:secret@example.com/fleet.git',
  'https://token@example.com/fleet.git',
  'ssh://user:secret@example.com/fleet.git',
  'ssh://-oProxyCommand=x/fleet',
  'git@-oProxyCommand=x:fleet',
  'http://example.com/fleet.git',
  'http://127.0.0.1.evil.example/fleet.git',
  'git://example.com/fleet.git',
  'ftp://example.com/fleet.git',
  'file://other-machine/fleet',
  'https://example.com/fleet\n.git',
  'https://example.com/fleet%0a.git',
  'https:///fleet.git',
  'https://example.com\\@evil.example/fleet.git',
  'host:fleet',
  '/srv/fleet\0',
])('%j is refused', (text) => {
  expect(codeOf(() => parseRepositoryUrl(text, '/srv'))).toBe('SOURCE_URL_REFUSED');
});

test('a refused URL does not repeat its password', () => {
  for (const url of ['https://me:s3cret@example.com/x', 'ssh://me:s3cret@example.com/x']) {
    const error = (() => {
      try {
        parseRepositoryUrl(url, '/');
      } catch (caught) {
        return caught;
      }
      return undefined;
    })();
    expect(String(error)).toContain('has a password in it');
    expect(String(error)).not.toContain('s3cret');
  }
});

test('passwords and users leave every URL in a text, but the user of ssh', () => {
  expect(redactUrls('a https://u:p@h/x b http://t@h/y c ssh://git@h/z d ssh://git:p@h/z')).toBe(
    'a https://***@h/x b http://***@h/y c ssh://git@h/z d ssh://***@h/z',
  );
});

test.each(['main', 'release/v1.2', 'feature-x', 'ünïcode', '$(id)', 'a;b', "it's"])(
  '%s names a branch',
  (name) => expect(isBranchName(name)).toBe(true),
);

test.each([
  '',
  '@',
  '-x',
  '--all',
  'a..b',
  'a b',
  'a\nb',
  'a~1',
  'a^',
  'a:b',
  'a?',
  'a*',
  'a[',
  'a\\b',
  'a@{1}',
  'a//b',
  '/a',
  'a/',
  'a.',
  '.a',
  'a/.b',
  'a.lock',
  'a.lock/b',
  'x'.repeat(300),
])('%j names no branch', (name) => {
  expect(isBranchName(name)).toBe(false);
  expect(codeOf(() => checkSource({ url: '/srv/x', branch: name }, '/'))).toBe(
    'SOURCE_BRANCH_REFUSED',
  );
});

test.each([
  ['', ''],
  ['.', ''],
  ['./', ''],
  ['a', 'a'],
  ['./a//b/./c/', 'a/b/c'],
])('the sub-path %j is %j', (path, normal) => {
  expect(normaliseSubPath(path)).toBe(normal);
});

test.each(['/', '/a', '..', 'a/..', 'a/../..', 'a\nb', 'a\\b', 'C:/a', 'a\0'])(
  'the sub-path %j is refused',
  (path) => expect(codeOf(() => normaliseSubPath(path))).toBe('SOURCE_PATH_REFUSED'),
);
