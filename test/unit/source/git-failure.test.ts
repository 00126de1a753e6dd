import { expect, test } from 'vitest';
import {
  explainGitFailure,
  explainSystemError,
  gitWords,
  isMirrorDamage,
} from '../../../controller/source/git-failure.ts';
import type { GitOutcome } from '../../../controller/source/git-process.ts';

function outcome(stderr: string, ended: GitOutcome['ended'] = 'by-itself'): GitOutcome {
  return { exitCode: 128, signal: null, stdout: Buffer.alloc(0), stderr, ended };
}

const context = { shownUrl: 'ssh://git@h/x', timeoutMs: 2_000, packBytesMax: 10 };

test.each([
  ['Host key verification failed.', 'SOURCE_HOST_KEY_UNKNOWN'],
  ['@@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @@', 'SOURCE_HOST_KEY_UNKNOWN'],
  ['git@h: Permission denied (publickey).', 'SOURCE_AUTH_FAILED'],
  ["fatal: Authentication failed for 'https://h/x/'", 'SOURCE_AUTH_FAILED'],
  [
    "fatal: could not read Username for 'https://h': terminal prompts disabled",
    'SOURCE_AUTH_FAILED',
  ],
  ['fatal: unable to access: The requested URL returned error: 403', 'SOURCE_AUTH_FAILED'],
  ['ssh: Could not resolve hostname h: Name or service not known', 'SOURCE_HOST_NOT_FOUND'],
  ['ssh: connect to host h port 22: Connection timed out', 'SOURCE_TIMEOUT'],
  ['ssh: connect to host h port 22: No route to host', 'SOURCE_UNREACHABLE'],
  ['fatal: the remote end hung up unexpectedly\nfatal: early EOF', 'SOURCE_UNREACHABLE'],
  ['ERROR: repository team/x not found', 'SOURCE_NOT_A_REPOSITORY'],
  ["fatal: detected dubious ownership in repository at '/srv/x'", 'SOURCE_OWNER_DIFFERS'],
  ['fatal: write error: No space left on device', 'SOURCE_DISK_FULL'],
  ['error: index-pack died of signal 25', 'SOURCE_PACK_TOO_LARGE'],
  ["fatal: transport 'git' not allowed", 'SOURCE_URL_REFUSED'],
  ['SSL certificate problem: unable to get local issuer certificate', 'SOURCE_TLS_UNTRUSTED'],
  ['fatal: something nobody has seen before', 'SOURCE_GIT_FAILED'],
  ['', 'SOURCE_GIT_FAILED'],
])('%j means %s', (stderr, code) => {
  expect(explainGitFailure(outcome(stderr), context).code).toBe(code);
});

test('time and stopping come before words', () => {
  const words = 'fatal: Authentication failed';
  expect(explainGitFailure(outcome(words, 'timed-out'), context)).toMatchObject({
    code: 'SOURCE_TIMEOUT',
    message: 'ssh://git@h/x did not answer within 2 s.',
  });
  expect(explainGitFailure(outcome(words, 'aborted'), context).code).toBe('SOURCE_STOPPED');
});

test('what git said is one line without secrets, colours and warnings', () => {
  const stderr =
    "warning: redirecting\nhint: try this\n\u001B[31mfatal: cannot read 'https://me:pw@h/x'\u0007\nmore";
  expect(gitWords(stderr)).toBe("[31mfatal: cannot read 'https://***@h/x'");
  expect(gitWords(`noise\nfatal: ${'x'.repeat(500)}`)).toHaveLength(200);
});

test.each([
  ['error: inflate: data stream error (unknown compression method)', true],
  ['fatal: bad object refs/tarsier/head', true],
  ['error: object file .git/objects/12/34 is empty', true],
  [
    'fatal: git upload-pack: aborting due to possible repository corruption on the remote side',
    false,
  ],
  ['remote: error: inflate: data stream error', false],
  ['fatal: Authentication failed', false],
])('%j is damage of our own copy: %s', (stderr, expected) => {
  expect(isMirrorDamage(stderr)).toBe(expected);
});

test.each([
  ['ENOSPC', 'SOURCE_DISK_FULL'],
  ['EDQUOT', 'SOURCE_DISK_FULL'],
  ['EROFS', 'SOURCE_GIT_FAILED'],
  ['EACCES', 'SOURCE_GIT_FAILED'],
])('the file system says %s, which is %s', (code, expected) => {
  const error = Object.assign(new Error(code), { code, syscall: 'mkdir' });
  expect(explainSystemError(error)?.code).toBe(expected);
});

test('what the file system did not say stays a defect', () => {
  for (const error of [new TypeError('x'), undefined, { code: 'E' }]) {
    expect(explainSystemError(error)).toBeUndefined();
  }
});
