/** Three members on loopback: they form by mutual TLS alone, and hand over when one is ended. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createCluster } from '../../../controller/cluster/create-cluster.ts';
import type { Engine } from '../../../controller/cluster/open-engine.ts';
import { openEngine } from '../../../controller/cluster/open-engine.ts';
import { waitUntilReady } from '../../../replica/drivers/jetstream/server/wait-until-ready.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { engineLab } from '../../support/engine/engine-lab.ts';
import { engineSkipped, obtainNatsServer } from '../../support/engine/obtain-nats-server.ts';

const binary = obtainNatsServer();
const names = ['a', 'b', 'c'];
const login = ({ servers, connectOptions }: Engine) => ({ servers, ...connectOptions });

describe.skipIf(binary === undefined)(
  binary === undefined ? `three members (${engineSkipped})` : 'three members',
  { timeout: 90_000 },
  () => {
    test('store on all, go on without one that is ended, and its leadership has moved before', async () => {
      const lab = await engineLab(binary!, names);
      const engines = await Promise.all(names.map((name) => lab.start(name)));
      await waitUntilReady(login(engines[0]!), 40_000);
      const client = await lab.client(engines[0]!);
      const manager = await jetstreamManager(client);
      await manager.streams.add({ name: 'log', subjects: ['log'], num_replicas: 3 });
      const log = jetstream(client);
      expect((await log.publish('log', 'first')).seq).toBe(1);
      const before = await eventually(async () => {
        const { cluster } = await manager.streams.info('log');
        return cluster?.replicas?.every(({ current }) => current) && cluster;
      });
      const at = names.indexOf(before.leader ?? '');
      expect(before.replicas).toHaveLength(2);

      const survivor = engines[(at + 1) % 3]!;
      const watcher = await lab.client({ ...survivor, servers: survivor.servers.slice(0, 1) });
      const leaders = await jetstreamManager(watcher);
      const closing = engines[at]!.close();
      const { cluster: after } = await eventually(
        async () => {
          const info = await leaders.streams.info('log').catch(() => undefined);
          return (
            info?.cluster?.leader !== undefined && info.cluster.leader !== before.leader && info
          );
        },
        () => 'no other leader',
        20_000,
      );
      expect(names).toContain(after?.leader);
      expect((await jetstream(watcher).publish('log', 'second')).seq).toBe(2);
      await closing;
      const how = lab.log.find(({ message }) => message === 'engine stopped');
      expect(how?.fields).toMatchObject({ how: 'handed over' });

      // Back again, it catches up.
      await lab.start(before.leader!);
      await eventually(
        async () => {
          const { cluster } = await leaders.streams.info('log');
          return cluster?.replicas?.every(({ current, lag }) => current && !lag);
        },
        () => 'it does not catch up',
        30_000,
      );
    });

    test('need all of them for the first time, and then most of them', async () => {
      const lab = await engineLab(binary!, names);
      const first = [await lab.start('a'), await lab.start('b')];
      const alone = { ...login(first[0]!), servers: first[0]!.servers.slice(0, 1) };
      // Two without any history could be the two that lost theirs.
      await expect(waitUntilReady(alone, 500)).rejects.toMatchObject({ code: 'ENGINE_NOT_READY' });
      first.push(await lab.start('c'));
      await waitUntilReady(alone, 40_000);
      await Promise.all(first.map((engine) => engine.close()));

      await lab.start('a');
      await expect(waitUntilReady(alone, 500)).rejects.toMatchObject({
        code: 'ENGINE_NOT_READY',
        message: expect.stringContaining(alone.servers[0]!),
      });
      await lab.start('b');
      await waitUntilReady(alone, 40_000);
    });

    test('a member of another authority is not let in, though it knows every password', async () => {
      const lab = await engineLab(binary!, names);
      await Promise.all(['a', 'b'].map((name) => lab.start(name)));
      const own = lab.fileOf('c');
      const stranger = await createCluster('lab', own.members, new Date());
      const tls = { ...stranger.files[2]!.tls };
      const log: string[] = [];
      const write = (fields: object) => void log.push(JSON.stringify(fields));
      const engine = await openEngine({
        clusterFile: { ...own, tls },
        dataDir: lab.dataDirOf('c'),
        binary: binary!,
        logger: { debug: write, info: write, warn: write, error: write },
      });
      onTestFinished(() => engine.close());
      await eventually(
        () => log.some((line) => /unknown authority|bad certificate/.test(line)),
        () => log.slice(-5).join('\n'),
        20_000,
      );
      const alone = { ...login(engine), servers: engine.servers.slice(0, 1) };
      await expect(waitUntilReady(alone, 500)).rejects.toMatchObject({ code: 'ENGINE_NOT_READY' });
    });

    test('the system account sees the members', async () => {
      const lab = await engineLab(binary!, ['a']);
      const { servers, systemConnectOptions } = await lab.start('a');
      const client = await lab.client({ servers, connectOptions: systemConnectOptions });
      const answer = await client.request('$SYS.REQ.SERVER.PING', undefined, { timeout: 5_000 });
      expect(answer.json()).toMatchObject({ server: { name: 'a', jetstream: true } });
    });

    test("an operator's plain server on loopback is used with the users of the file", async () => {
      const lab = await engineLab(binary!, ['a']);
      const { engine, members } = lab.fileOf('a');
      const port = members[0]!.enginePort;
      const folder = join(lab.folder, 'operator');
      mkdirSync(folder);
      const config = join(folder, 'nats.conf');
      writeFileSync(
        config,
        `listen: "127.0.0.1:${port}"
jetstream { store_dir: "${folder}", sync_interval: always }
accounts { X { jetstream: enabled, users: [{ user: "${engine.user}", password: "${engine.password}" }] } }
`,
      );
      const server = spawn(binary!, ['--config', config], { stdio: 'ignore' });
      onTestFinished(async () => {
        const ended = once(server, 'exit');
        if (server.kill('SIGKILL')) await ended;
      });
      const used = await openEngine({
        clusterFile: lab.fileOf('a'),
        dataDir: lab.dataDirOf('a'),
        externalUrl: `nats://127.0.0.1:${port}`,
        logger: lab.logger,
      });
      await waitUntilReady(login(used), 20_000);
      await (await connect(login(used))).close();
    });
  },
);
