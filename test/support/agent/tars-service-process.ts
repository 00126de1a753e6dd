/**
 * A TARS service as far as an agent can see one: `tars-service-process.ts --config=FILE`. Notes what
 * happens to it in TARSIER_DATA_DIR/notes; the admin command `hush ADAPTER` ends the beats of one adapter.
 */

import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { parseConfigText } from '../../../tars/config/config-text.ts';
import { AdminF } from '../../../tars/framework/admin-f.ts';
import { ServerF } from '../../../tars/framework/server-f.ts';
import { TarsClient } from '../../../tars/rpc/client.ts';
import { servant, type Servant } from '../../../tars/rpc/servant.ts';
import { startTarsServer } from '../../../tars/rpc/server.ts';

const option = (name: string): string => process.env[`FAKE_${name}`] ?? '';
const note = (text: string): void =>
  appendFileSync(join(process.env['TARSIER_DATA_DIR'] ?? '', 'notes'), `${text}\n`);

const file = process.argv[2]?.replace('--config=', '') ?? '';
const config = parseConfigText(readFileSync(file, 'utf8'));
const server = config.sections.get('tars')!.sections.get('application')!.sections.get('server')!;
const address = (text: string) => ({
  host: / -h (\S+)/.exec(text)?.[1] ?? '127.0.0.1',
  port: Number(/ -p (\d+)/.exec(text)?.[1]),
});
const application = server.values.get('app') ?? '';
const serverName = server.values.get('server') ?? '';
const log = pino({ level: 'silent' });

const client = new TarsClient();
const node = client.proxy(
  address(server.values.get('node') ?? ''),
  'tars.tarsnode.ServerObj',
  ServerF,
);
const beatOf = (adapter: string) => ({
  serverInfo: { application, serverName, pid: process.pid, adapter },
});
const quietly = (call: Promise<unknown>): Promise<unknown> => call.catch(() => undefined);

note(`start ${process.cwd()}`);
const hushed = new Set<string>();
const local = address(server.values.get('local') ?? '');
const admin = servant(AdminF, {
  shutdown() {
    note('shutdown');
    if (option('DEAF') === '') setTimeout(() => process.exit(0), 20);
    return {};
  },
  notify({ command }) {
    note(`notify ${command}`);
    const [word, name = ''] = command.split(' ');
    if (word === 'hush') hushed.add(name);
    return { ret: `did ${command}` };
  },
  getPid: () => ({ ret: BigInt(process.pid) }),
});
if (option('NO_ADMIN') === '') {
  await startTarsServer({ ...local, servants: new Map([['AdminObj', admin]]), log });
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    note(signal);
    if (option('IMMORTAL') === '') process.exit(0);
  });
}

const endOfSlowness = performance.now() + Number(option('SLOW_MS'));
while (performance.now() < endOfSlowness) {
  if (option('EARLY') !== '') await quietly(node.keepAlive(beatOf(''), { oneWay: true }));
  else await quietly(node.keepActiving(beatOf(''), { oneWay: true }));
  await delay(200);
}

note('listen');
const nothing: Servant = { functions: new Map() };
for (const [, { values }] of server.sections) {
  const servants = new Map([[values.get('servant') ?? '', nothing]]);
  await startTarsServer({ ...address(values.get('endpoint') ?? ''), servants, log });
}
if (option('BEATS') !== 'none') {
  await quietly(node.reportVersion({ app: application, serverName, version: '9.8.7' }));
  await quietly(node.keepAlive(beatOf(''), { oneWay: true }));
}
const adapters = option('BEATS') === 'named' ? [...server.sections.keys(), 'AdminAdapter'] : [''];
setInterval(() => {
  if (option('BEATS') === 'none' || hushed.has('all')) return;
  for (const adapter of adapters) {
    if (!hushed.has(adapter)) void quietly(node.keepAlive(beatOf(adapter), { oneWay: true }));
  }
}, 200);
