/** One member of the engine, alone: start, refusals, restart, adoption, end. */

import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ClusterFile } from '../../../controller/cluster/cluster-file.ts';
import { serverSettings } from '../../../controller/cluster/engine-settings.ts';
import { openEngine } from '../../../controller/cluster/open-engine.ts';
import { findServer } from '../../../replica/drivers/jetstream/server/find-server.ts';
import {
  findRunningServers,
  isRunning,
  readServerProcess,
  signalServer,
} from '../../../replica/drivers/jetstream/server/process-table.ts';
import { startNatsServer } from '../../../replica/drivers/jetstream/server/start-nats-server.ts';
import { waitUntilReady } from '../../../replica/drivers/jetstream/server/wait-until-ready.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { engineLab, type EngineLab } from '../../support/engine/engine-lab.ts';
import { engineSkipped, obtainNatsServer } from '../../support/engine/obtain-nats-server.ts';
import { startJsonProcess } from '../../support/packages/json-process.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const binary = obtainNatsServer();
const child = join(import.meta.dirname, '../../support/engine/engine-child.ts');

function script(text: string): string {
  const file = join(temporaryFolder(), 'nats-server');
  writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return file;
}

describe('the program', () => {
  test('one that is too old is refused, with what was found, what is needed, and why', async () => {
    const file = script('echo "nats-server: v2.10.29"');
    await expect(findServer(file)).rejects.toMatchObject({
      code: 'ENGINE_TOO_OLD',
      message: expect.stringMatching(/2\.10\.29.*2\.12\.0 or newer.*lost acknowledged writes/),
      details: { found: '2.10.29', needed: '2.12.0', where: file },
    });
  });

  test.each([
    ['is not there', () => '/nowhere/nats-server', /\/nowhere\/nats-server is not a program/],
    ['is another program', () => script('echo hello'), /does not answer as a nats-server/],
    ['fails', () => script('exit 3'), /does not say its version/],
  ])('one that %s is named', async (_name, make, message) => {
    const failure = { code: 'ENGINE_MISSING', message: expect.stringMatching(message) };
    await expect(findServer(make())).rejects.toMatchObject(failure);
  });

  test('the first one on PATH is taken; a PATH without one says what to do', async () => {
    const file = script('echo "nats-server: v2.99.0"');
    const path = `/nowhere:relative:${join(file, '..')}`;
    expect(await findServer(undefined, path)).toEqual({ path: file, version: '2.99.0' });
    await expect(findServer(undefined, '/nowhere')).rejects.toMatchObject({
      code: 'ENGINE_MISSING',
      hint: expect.stringContaining('Install nats-server 2.12.0'),
    });
  });
});

describe("an operator's server", () => {
  test.each([
    ['nats://10.0.0.1:4222', /without TLS/],
    ['10.0.0.1:4222', /another form/],
    ['tls://user:secret@h:4222', /another form/],
    ['tls://h', /another form/],
  ])('%s is refused', async (externalUrl, message) => {
    const lab = await engineLab('', ['a']);
    const opened = openEngine({
      clusterFile: lab.fileOf('a'),
      dataDir: lab.folder,
      externalUrl,
      logger: lab.logger,
    });
    await expect(opened).rejects.toMatchObject({ message: expect.stringMatching(message) });
    await expect(opened).rejects.not.toMatchObject({ message: expect.stringContaining('secret') });
  });

  test('nothing is started for it', async () => {
    const lab = await engineLab('', ['a']);
    const engine = await openEngine({
      clusterFile: lab.fileOf('a'),
      dataDir: lab.folder,
      externalUrl: 'tls://one:4222, tls://[::1]:4223',
      logger: lab.logger,
    });
    expect(engine.servers).toEqual(['one:4222', '[::1]:4223']);
    expect(engine.connectOptions.tls?.ca).toContain('BEGIN CERTIFICATE');
    expect(engine.server).toBeUndefined();
    expect(readdirSync(lab.folder)).toEqual([]);
  });
});

/** A process that looks after member a as `file` says. */
function startChild(where: EngineLab, file: ClusterFile) {
  const path = join(where.folder, 'a.json');
  writeFileSync(path, JSON.stringify(file), { mode: 0o600 });
  return startJsonProcess(process.execPath, [child, path, where.dataDirOf('a'), binary!]);
}

describe.skipIf(binary === undefined)(
  binary === undefined ? `a member alone (${engineSkipped})` : 'a member alone',
  () => {
    const lab = () => engineLab(binary!, ['a']);
    const engineFolder = (where: EngineLab) => join(where.dataDirOf('a'), 'engine');

    test('keeps what was stored, synced, through its end and a new start', async () => {
      const where = await lab();
      const first = await where.start('a');
      await waitUntilReady({ servers: first.servers, ...first.connectOptions }, 20_000);
      const client = await where.client(first);
      const manager = await jetstreamManager(client);
      await manager.streams.add({ name: 'log', subjects: ['log'], num_replicas: 1 });
      const big = new Uint8Array(16 * 1024 * 1024).fill(7);
      expect((await jetstream(client).publish('log', big)).seq).toBe(1);
      await client.close();
      await first.close();
      expect(findRunningServers(where.folder)).toEqual([]);

      const second = await where.start('a');
      expect(second.server?.adopted).toBe(false);
      const info = await (await jetstreamManager(await where.client(second))).streams.info('log');
      expect(info.state.messages).toBe(1);
    });

    test('what it says becomes records, and its secrets stay in files of the owner', async () => {
      const where = await lab();
      const engine = await where.start('a');
      const ready = await eventually(() =>
        where.log.find(({ fields }) => fields['line'] === 'Server is ready'),
      );
      expect(ready).toEqual({ level: 'info', message: 'engine', fields: ready.fields });
      await engine.close();
      expect(where.log.filter(({ level }) => level === 'error')).toEqual([]);
      const { engine: secrets } = where.fileOf('a');
      const text = JSON.stringify(where.log);
      for (const secret of [secrets.password, secrets.systemPassword, secrets.routePassword]) {
        expect(text).not.toContain(secret);
      }
      const [generation = ''] = readdirSync(engineFolder(where)).filter((name) =>
        name.startsWith('generation-'),
      );
      const folder = join(engineFolder(where), generation);
      for (const name of readdirSync(folder)) {
        expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600]);
      }
      expect(statSync(engineFolder(where)).mode & 0o077).toBe(0);
    });

    test('lets nobody in without the certificate, or with a wrong password', async () => {
      const where = await lab();
      const { servers, connectOptions } = await where.start('a');
      const { tls, user } = connectOptions;
      const attempt = (options: object) =>
        connect({ servers, ...options, reconnect: false, timeout: 5_000 }).then(
          () => 'let in',
          (error: Error) => error.message,
        );
      expect(await attempt({ tls, user, pass: 'wrong' })).toMatch(/authorization/i);
      expect(await attempt({ tls })).toMatch(/authorization/i);
      expect(await attempt({ ...connectOptions, tls: { ca: tls?.ca } })).not.toBe('let in');
      const stranger = (await lab()).fileOf('a').tls;
      expect(await attempt({ ...connectOptions, tls: { ...stranger, ca: tls?.ca } })).not.toBe(
        'let in',
      );
      expect(await attempt({ ...connectOptions, tls: stranger })).not.toBe('let in');
      expect(await attempt(connectOptions)).toBe('let in');
    });

    test('is started again when it is killed, with what it had', async () => {
      const where = await lab();
      const engine = await where.start('a');
      const killed = engine.server!.pid!;
      process.kill(killed, 'SIGKILL');
      const pid = await eventually(() => {
        const now = engine.server!.pid;
        return now !== killed && now;
      });
      await waitUntilReady({ servers: engine.servers, ...engine.connectOptions }, 20_000);
      expect(findRunningServers(where.folder).map((server) => server.pid)).toEqual([pid]);
      expect(where.log).toContainEqual({
        level: 'error',
        message: 'engine ended',
        fields: expect.objectContaining({ how: 'SIGKILL', delayMs: 250 }),
      });
    });

    test('that is closed while it waits to start again stays down', async () => {
      const where = await lab();
      const engine = await where.start('a');
      process.kill(engine.server!.pid!, 'SIGKILL');
      await eventually(() => where.log.some(({ message }) => message === 'engine ended'));
      await engine.close();
      expect(findRunningServers(where.folder)).toEqual([]);
      expect(engine.server!.pid).toBeUndefined();
    });

    test.each(['its own', 'adopted'])(
      '%s ends before its controller, in good order',
      async (which) => {
        const where = await lab();
        const file = join(where.folder, 'a.json');
        writeFileSync(file, JSON.stringify(where.fileOf('a')), { mode: 0o600 });
        const args = [child, file, where.dataDirOf('a'), binary!];
        const controllers = [startJsonProcess(process.execPath, args)];
        const { pid } = await controllers[0]!.next((line) => 'pid' in line);
        if (which === 'adopted') {
          await controllers[0]!.kill();
          controllers.unshift(startJsonProcess(process.execPath, args));
          expect(await controllers[0]!.next((line) => 'pid' in line)).toEqual({ pid });
        }
        process.kill(controllers[0]!.pid, 'SIGTERM');
        expect(await controllers[0]!.ended()).toEqual({ closed: true });
        expect(findRunningServers(where.folder)).toEqual([]);
      },
    );

    test('goes on when its controller is killed, and the next controller keeps it', async () => {
      const where = await lab();
      const controller = startChild(where, where.fileOf('a'));
      const { pid } = await controller.next((line) => 'pid' in line);
      await controller.kill();
      const orphan = readServerProcess(Number(pid));

      const next = await where.start('a');
      expect([next.server?.adopted, next.server?.pid]).toEqual([true, pid]);
      expect(isRunning(orphan!)).toBe(true);
      await waitUntilReady({ servers: next.servers, ...next.connectOptions }, 20_000);
      // It looks after the adopted one as after its own.
      signalServer(orphan!, 'SIGKILL');
      await eventually(() => next.server!.pid !== undefined && next.server!.pid !== pid);
      await next.close();
      expect(findRunningServers(where.folder)).toEqual([]);
    });

    test('whose controller is killed in the middle of its start is found all the same', async () => {
      const where = await lab();
      const file = join(where.folder, 'a.json');
      writeFileSync(file, JSON.stringify(where.fileOf('a')), { mode: 0o600 });
      for (let round = 1; round <= 3; round += 1) {
        const args = [child, file, where.dataDirOf('a'), binary!];
        const controller = startJsonProcess(process.execPath, args);
        const [orphan] = await eventually(() => {
          const found = findRunningServers(where.folder);
          return found.length > 0 && found;
        });
        await controller.kill();
        const next = await where.start('a');
        expect(next.server?.pid, `round ${round}`).toBe(orphan?.pid);
        expect(findRunningServers(where.folder)).toHaveLength(1);
        await next.close();
      }
    });

    test('that was left over with other settings is ended before a new one starts', async () => {
      const where = await lab();
      const other = where.fileOf('a');
      const changed = { ...other, engine: { ...other.engine, password: 'x'.repeat(22) } };
      const controller = startChild(where, changed);
      const { pid } = await controller.next((line) => 'pid' in line);
      const orphan = readServerProcess(Number(pid));
      await controller.kill();

      const next = await where.start('a');
      expect(next.server?.adopted).toBe(false);
      expect(isRunning(orphan!)).toBe(false);
      expect(findRunningServers(where.folder)).toHaveLength(1);
      const names = readdirSync(engineFolder(where));
      expect(names.filter((name) => name.startsWith('generation-'))).toHaveLength(1);
    });

    test('that was left over and hangs is replaced', async () => {
      const where = await lab();
      const controller = startChild(where, where.fileOf('a'));
      const { pid } = await controller.next((line) => 'pid' in line);
      await controller.kill();
      process.kill(Number(pid), 'SIGSTOP');
      const next = await startNatsServer({
        folder: engineFolder(where),
        settings: serverSettings(where.fileOf('a'), 16 * 1024 ** 3),
        binary: binary!,
        log: where.logger,
        adoptMsMax: 300,
        stopBounds: { lameDuckMs: 0, endMs: 300 },
      });
      onTestFinished(() => next.close());
      expect(next.adopted).toBe(false);
      expect(findRunningServers(where.folder).map((server) => server.pid)).toEqual([next.pid]);
      const stopped = where.log.find(({ message }) => message === 'engine stopped');
      expect(stopped?.fields).toMatchObject({ pid, how: 'killed' });
    });

    test('has one controller: a second one is refused with the pid of the first', async () => {
      const where = await lab();
      await where.start('a');
      await expect(where.start('a')).rejects.toMatchObject({
        code: 'ENGINE_LOCKED',
        message: expect.stringContaining(`pid ${process.pid}`),
      });
      expect(findRunningServers(where.folder)).toHaveLength(1);
    });

    test('whose port is taken ends with the reason, and leaves nothing running', async () => {
      const where = await lab();
      const [member] = where.fileOf('a').members;
      const taken = createServer().listen(member?.enginePort, '127.0.0.1');
      onTestFinished(() => void taken.close());
      await once(taken, 'listening');
      await expect(where.start('a')).rejects.toMatchObject({
        code: 'ENGINE_START_FAILED',
        message: expect.stringContaining('address already in use'),
      });
      expect(findRunningServers(where.folder)).toEqual([]);
    });

    test('takes a configuration that broke off half-way as not written', async () => {
      const where = await lab();
      const folder = engineFolder(where);
      mkdirSync(join(folder, 'draft-abc'), { recursive: true });
      const first = await where.start('a');
      const configFile = findRunningServers(where.folder)[0]!.configFile;
      await first.close();
      spawnSync('rm', [configFile]);
      await where.start('a');
      expect(readFileSync(configFile, 'utf8')).toContain('sync_interval: always');
      expect(readdirSync(folder)).not.toContain('draft-abc');
    });
  },
);
