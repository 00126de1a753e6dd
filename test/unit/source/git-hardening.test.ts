import { expect, test } from 'vitest';
import { gitEnvironment } from '../../../controller/source/git-hardening.ts';
import { assertGitIsNewEnough } from '../../../controller/source/mirror.ts';

test.each(['file', 'ssh', 'https', 'http', 'none'] as const)(
  'over %s git may use that transport alone, and asks nobody',
  (transport) => {
    expect(gitEnvironment(transport)).toMatchObject({
      GIT_ALLOW_PROTOCOL: transport,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      GIT_ASKPASS: '/bin/true',
      HOME: '/nonexistent',
    });
  },
);

test('ssh checks the host key, asks nothing, forwards nothing', () => {
  const command = gitEnvironment('ssh', {
    sshKeyFile: "/keys/it's mine",
    sshKnownHostsFile: '/keys/known hosts',
  })['GIT_SSH_COMMAND'];
  expect(command).toContain(`-o'BatchMode=yes' -o'StrictHostKeyChecking=yes'`);
  expect(command).toContain(`-o'ForwardAgent=no'`);
  expect(command).toContain(`-o'UserKnownHostsFile="/keys/known hosts"'`);
  expect(command).toContain(`-i '/keys/it'\\''s mine'`);
  expect(gitEnvironment('https')['GIT_SSH_COMMAND']).toBeUndefined();
});

test('a token goes into the environment of its own transport alone', () => {
  const access = { token: 'canary' };
  expect(JSON.stringify(gitEnvironment('ssh', access))).not.toMatch(/canary|Authorization/);
  expect(JSON.stringify(gitEnvironment('none', access))).not.toMatch(/canary|Authorization/);
  const { GIT_CONFIG_VALUE_0: value } = gitEnvironment('https', access);
  expect(value).toBe(`Authorization: Basic ${Buffer.from('tarsier:canary').toString('base64')}`);
});

test.each(['git version 2.36.0', 'git version 2.39.5 (Apple Git-154)', 'git version 3.0.0'])(
  '%s is new enough',
  (words) => expect(() => assertGitIsNewEnough(words)).not.toThrow(),
);

test.each(['git version 2.35.8', 'git version 1.99.0', '', 'no such thing'])(
  '%j is not new enough',
  (words) => {
    expect(() => assertGitIsNewEnough(words)).toThrow(
      expect.objectContaining({ code: 'SOURCE_GIT_MISSING' }),
    );
  },
);
