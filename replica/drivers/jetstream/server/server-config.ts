/** Writes the configuration of one `nats-server` as text, from its settings alone. */

import { assert } from '../../../../errors/assert.ts';
import type { ClusterSettings, HostPort, ServerSettings, ServerUser } from './server-settings.ts';

/** Where the streams are. */
const engineAccount = 'TARSIER';
/** Sees the members themselves. */
const systemAccount = 'SYS';

/** The largest batch of commands with its framing. The server warns above 8 MB, and takes it. */
const payloadBytesMax = 64 * 1024 * 1024;

/** Where the three PEM files are; absolute, or relative to the working directory of the server. */
export interface TlsFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Has secrets in it: keep it in a file of mode 0600. */
export function renderServerConfig(settings: ServerSettings, files: TlsFiles): string {
  const { cluster, monitorPort } = settings;
  return [
    '# Made by Tarsier at every start: what is changed here does not stay.',
    `server_name: ${quote(settings.serverName)}`,
    `listen: ${quote(formatHostPort(settings.listen))}`,
    ...advertiseLine('client_advertise', settings.advertise),
    // A member proves itself by its certificate before it may even try a password.
    ...tlsBlock(files),
    '',
    ...accountLines(settings),
    '',
    'jetstream {',
    `  store_dir: ${quote(settings.storeDir)}`,
    `  max_file_store: ${settings.storeBytesMax}`,
    `  max_memory_store: ${256 * 1024 * 1024}`,
    '  # Synced before it is acknowledged: with the default, a loss of power takes acknowledged entries.',
    '  sync_interval: always',
    '}',
    ...(cluster === undefined ? [] : ['', ...clusterBlock(cluster, files)]),
    '',
    `max_payload: ${payloadBytesMax}`,
    `max_pending: ${4 * payloadBytesMax}`,
    'write_deadline: "10s"',
    '# 30 s is the shortest that the server accepts; with the few clients of an engine it takes seconds.',
    'lame_duck_duration: "30s"',
    'lame_duck_grace_period: "100ms"',
    ...(monitorPort === undefined ? [] : [`http: "127.0.0.1:${monitorPort}"`]),
    '',
    `log_file: ${quote(settings.logFile)}`,
    `log_size_limit: ${16 * 1024 * 1024}`,
    'log_max_num: 4',
    '',
  ].join('\n');
}

function accountLines({ client, system }: ServerSettings): string[] {
  return [
    'accounts {',
    `  ${engineAccount} { jetstream: enabled, users: [${userOf(client)}] }`,
    `  ${systemAccount} { users: [${userOf(system)}] }`,
    '}',
    `system_account: ${systemAccount}`,
  ];
}

function clusterBlock(cluster: ClusterSettings, files: TlsFiles): string[] {
  const { routeUser, routes } = cluster;
  const login = `${encodeURIComponent(routeUser.user)}:${encodeURIComponent(routeUser.password)}`;
  return [
    'cluster {',
    `  name: ${quote(cluster.name)}`,
    `  listen: ${quote(formatHostPort(cluster.listen))}`,
    ...advertiseLine('  advertise', cluster.advertise),
    `  authorization { user: ${secret(routeUser.user)}, password: ${secret(routeUser.password)}, timeout: 5 }`,
    ...tlsBlock(files).map((line) => `  ${line}`),
    '  routes: [',
    ...routes.map((route) => `    ${quote(`nats-route://${login}@${formatHostPort(route)}`)}`),
    '  ]',
    '}',
  ];
}

function tlsBlock(files: TlsFiles): string[] {
  return [
    'tls {',
    `  ca_file: ${quote(files.ca)}`,
    `  cert_file: ${quote(files.cert)}`,
    `  key_file: ${quote(files.key)}`,
    '  verify: true',
    '  timeout: 5',
    '}',
  ];
}

function advertiseLine(name: string, address: HostPort | undefined): string[] {
  return address === undefined ? [] : [`${name}: ${quote(formatHostPort(address))}`];
}

function userOf({ user, password }: ServerUser): string {
  return `{ user: ${secret(user)}, password: ${secret(password)} }`;
}

/** Users and passwords: a `$2a$…` would be taken for a bcrypt hash, a `%` for part of an address. */
function secret(text: string): string {
  assert(
    /^[A-Za-z0-9._~-]{1,200}$/.test(text),
    'a user or password has characters beyond A-Za-z0-9._~-',
  );
  return quote(text);
}

function quote(text: string): string {
  // oxlint-disable-next-line no-control-regex
  assert(!/[\u0000-\u001F\u007F]/.test(text), 'a setting of the engine has a control character');
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** With brackets around an IPv6 address. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
