/**
 * What every git command gets, so that nothing a repository holds is executed: no hooks, filters,
 * submodules, file-system monitors, external transports, redirects, prompts or user settings.
 */

import { join } from 'node:path';
import { accessSync, constants } from 'node:fs';
import type { RepositoryUrl } from './repository-url.ts';

/** Ways to log in; none of it ever stands in a URL or on a command line. */
export interface GitAccess {
  /** Sent as the password of HTTP basic authentication. */
  readonly token?: string;
  readonly sshKeyFile?: string;
  readonly sshKnownHostsFile?: string;
  readonly caFile?: string;
}

const hardenedSettings: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.symlinks=false',
  'core.attributesFile=/dev/null',
  'core.bigFileThreshold=16m',
  // The mirror is a cache: what is lost in a power cut is fetched again.
  'core.fsync=none',
  'transfer.fsckObjects=true',
  // Old tools wrote these three; harmless, and they would shut out repositories with a long history.
  'fetch.fsck.zeroPaddedFilemode=ignore',
  'fetch.fsck.badTimezone=ignore',
  'fetch.fsck.missingSpaceBeforeDate=ignore',
  'transfer.credentialsInUrl=die',
  'fetch.recurseSubmodules=no',
  'submodule.recurse=false',
  'protocol.version=2',
  'protocol.ext.allow=never',
  'http.followRedirects=false',
  'http.lowSpeedLimit=1000',
  'http.lowSpeedTime=20',
  'gc.auto=0',
  'maintenance.auto=false',
  'credential.helper=',
  'gpg.ssh.program=/usr/bin/ssh-keygen',
];

/** The arguments that stand before the name of every git command. */
export const hardenedArguments: readonly string[] = [
  '--no-pager',
  '--literal-pathspecs',
  ...hardenedSettings.flatMap((setting) => ['-c', setting]),
];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The folder of the first git in `searchPath`, among absolute folders only. */
function gitFolder(searchPath: string): string | undefined {
  return searchPath
    .split(':')
    .find((folder) => folder.startsWith('/') && isExecutable(join(folder, 'git')));
}

let knownPath: string | undefined;

function programPath(): string {
  knownPath ??= [gitFolder(process.env['PATH'] ?? ''), '/usr/local/bin', '/usr/bin', '/bin']
    .filter((folder) => folder !== undefined)
    .join(':');
  return knownPath;
}

function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function sshCommand(access: GitAccess): string {
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'ConnectTimeout=15',
    'ServerAliveInterval=10',
    'ServerAliveCountMax=3',
    'ForwardAgent=no',
    'PermitLocalCommand=no',
    ...(access.sshKnownHostsFile === undefined
      ? []
      : [`UserKnownHostsFile="${access.sshKnownHostsFile}"`]),
    ...(access.sshKeyFile === undefined ? [] : ['IdentitiesOnly=yes']),
  ];
  const key = access.sshKeyFile === undefined ? [] : ['-i', quoteForShell(access.sshKeyFile)];
  return ['ssh', ...options.map((option) => `-o${quoteForShell(option)}`), ...key].join(' ');
}

/** Taken over from the operator's environment, because a connection may need them. */
const inherited: Readonly<Record<RepositoryUrl['transport'], readonly string[]>> = {
  file: [],
  http: [],
  https: ['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy'],
  ssh: ['SSH_AUTH_SOCK'],
};

/** The whole environment of a command that may talk over `transport` and over nothing else. */
export function gitEnvironment(
  transport: RepositoryUrl['transport'] | 'none',
  access: GitAccess = {},
): Record<string, string> {
  const environment: Record<string, string> = {
    PATH: programPath(),
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/true',
    SSH_ASKPASS_REQUIRE: 'never',
    GIT_ALLOW_PROTOCOL: transport,
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
  };
  if (transport === 'none') return environment;
  for (const name of inherited[transport]) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  if (transport === 'ssh') environment['GIT_SSH_COMMAND'] = sshCommand(access);
  if (transport === 'https' && access.caFile !== undefined) {
    environment['GIT_SSL_CAINFO'] = access.caFile;
  }
  if ((transport === 'https' || transport === 'http') && access.token !== undefined) {
    const basic = Buffer.from(`tarsier:${access.token}`).toString('base64');
    // By environment, not by argument: arguments of a process can be read by every user.
    environment['GIT_CONFIG_COUNT'] = '1';
    environment['GIT_CONFIG_KEY_0'] = 'http.extraHeader';
    environment['GIT_CONFIG_VALUE_0'] = `Authorization: Basic ${basic}`;
  }
  return environment;
}
