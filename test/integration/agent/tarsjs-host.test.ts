/** What the agent loads into a Tars.js program that has no node-agent, around the real library. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { exportHost } from '../../../nodeagent/tarsjs-host/export-host.ts';
import { defineInterface, param } from '../../../tars/codec/interface.ts';
import { t } from '../../../tars/codec/types.ts';
import { AdminF } from '../../../tars/framework/admin-f.ts';
import { TarsClient } from '../../../tars/rpc/client.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { startServantsLab, type ServantsLab } from '../../support/servants/servants-lab.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const CartF = defineInterface('Cart', {
  total: { in: { waitMs: param(1, t.int32) }, out: {}, returns: t.int32 },
});

/** A servant whose answer takes as long as its caller says. */
const program = `const { server } = require('@tars/rpc');
const { TarsInputStream, TarsOutputStream } = require('@tars/stream');
class Carts { initialize() {} }
Carts.prototype.onDispatch = function (current, name, buffer) {
  const waitMs = new TarsInputStream(buffer).readInt32(1, true, 0);
  setTimeout(() => {
    const output = new TarsOutputStream();
    output.writeInt32(0, 42);
    current.doResponse(output.getBinBuffer());
  }, waitMs);
  return 0;
};
const application = server.createServer();
application.initialize(process.env.TARS_CONFIG, (hero) => hero.addServant(Carts, 'Shop.CartServer.CartObj'));
setTimeout(() => application.start(), 500);
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

interface Program {
  readonly lab: ServantsLab;
  readonly child: ChildProcess;
  readonly client: TarsClient;
  readonly servant: { readonly host: string; readonly port: number };
  readonly admin: { readonly host: string; readonly port: number };
}

async function startProgram(): Promise<Program> {
  const lab = await startServantsLab();
  const folder = temporaryFolder();
  const [port, adminPort] = [await freePort(), await freePort()];
  const conf = join(folder, 'service.conf');
  writeFileSync(
    conf,
    `<tars>
  <application>
    <server>
      app=Shop
      server=CartServer
      localip=127.0.0.1
      node=tars.tarsnode.ServerObj@tcp -h 127.0.0.1 -p ${lab.port} -t 60000
      local=tcp -h 127.0.0.1 -p ${adminPort} -t 10000
      notify=tars.tarsnotify.NotifyObj
      deactivating-timeout=10000
      <Shop.CartServer.CartObjAdapter>
        endpoint=tcp -h 127.0.0.1 -p ${port} -t 60000
        servant=Shop.CartServer.CartObj
        protocol=tars
      </Shop.CartServer.CartObjAdapter>
    </server>
    <client>
      locator=tars.tarsregistry.QueryObj@tcp -h 127.0.0.1 -p ${lab.port}
    </client>
  </application>
</tars>
`,
  );
  writeFileSync(join(folder, 'server.js'), program);
  symlinkSync(
    join(import.meta.dirname, '..', '..', '..', 'node_modules'),
    join(folder, 'node_modules'),
  );
  const host = exportHost(join(folder, 'agent'), 'boot');
  const child = spawn(process.execPath, ['--import', host, join(folder, 'server.js')], {
    env: { TARS_CONFIG: conf },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const client = new TarsClient({ callTimeoutMs: 5000 });
  onTestFinished(() => client.close());
  const at = (number: number) => ({ host: '127.0.0.1', port: number });
  return { lab, child, client, servant: at(port), admin: at(adminPort) };
}

test('is patient until its ports are open, beats then, and says that it began and ended', async () => {
  const { lab, child, client, admin } = await startProgram();
  await eventually(() => lab.beats.some(([kind]) => kind === 'keepAlive'));
  const kinds = lab.beats.map(([kind]) => kind);
  expect(kinds[kinds.indexOf('keepAlive') - 1]).toBe('keepActiving');
  expect(lab.beats.find(([kind]) => kind === 'keepAlive')).toEqual([
    'keepAlive',
    'Shop.CartServer',
    child.pid,
    '',
  ]);
  expect(kinds).toContain('reportVersion');
  expect(await lab.reported('notify')).toMatchObject({ message: 'restart' });
  const exited = once(child, 'exit');
  const adminProxy = client.proxy(admin, 'AdminObj', AdminF);
  expect(await adminProxy.notify({ command: 'preheatCheck' })).toEqual({ ret: 'success' });
  expect(await adminProxy.getPid({})).toEqual({ ret: BigInt(child.pid ?? 0) });
  await adminProxy.shutdown({}, { oneWay: true });
  expect(await exited).toEqual([0, null]);
  expect(await lab.reported('notify', 2)).toMatchObject({ message: 'stop' });
});

test('answers what it was asked before it ends, and takes nothing new', async () => {
  const { lab, child, client, servant, admin } = await startProgram();
  await eventually(() => lab.beats.some(([kind]) => kind === 'keepAlive'));
  const cart = client.proxy(servant, 'Shop.CartServer.CartObj', CartF);
  const exited = once(child, 'exit');
  const slow = cart.total({ waitMs: 800 });
  await cart.total({ waitMs: 0 });
  await client.proxy(admin, 'AdminObj', AdminF).shutdown({}, { oneWay: true });
  expect(await slow).toEqual({ ret: 42 });
  expect(await exited).toEqual([0, null]);
});

test('is there for services of other users, and made once', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'tarsjs-host', 'of-an-older-boot'), { recursive: true });
  const umask = process.umask(0o077);
  try {
    const host = exportHost(folder, 'boot-1');
    const { ino, mode } = statSync(host);
    expect(mode & 0o777).toBe(0o644);
    expect(statSync(join(host, '..', '..')).mode & 0o777).toBe(0o755);
    expect(exportHost(folder, 'boot-1')).toBe(host);
    expect(statSync(host).ino).toBe(ino);
    expect(exportHost(folder, 'boot-2')).not.toBe(host);
    expect(() => statSync(host)).toThrow(/ENOENT/);
  } finally {
    process.umask(umask);
  }
});

test.each(['entry', 'import', 'package.json'])(
  'is put there again when its %s is damaged',
  (which) => {
    const folder = temporaryFolder();
    const host = exportHost(folder, 'boot');
    const [root, beside] = [join(host, '..', '..', '..'), join(host, '..', 'complain.js')];
    const path = { entry: host, import: beside, 'package.json': join(root, 'package.json') }[which];
    const whole = readFileSync(path!, 'utf8');
    writeFileSync(path!, '');
    expect(exportHost(folder, 'boot')).toBe(host);
    expect(readFileSync(path!, 'utf8')).toBe(whole);
    rmSync(path!);
    expect(exportHost(folder, 'boot')).toBe(host);
    expect(readFileSync(path!, 'utf8')).toBe(whole);
  },
);
