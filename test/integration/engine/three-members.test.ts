/** Three members on loopback: they form by mutual TLS alone, and hand over when one is ended. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readClusterFile } from '../../../controller/cluster/cluster-file.ts';
import { writeNewCluster } from '../../../controller/cluster/cluster-folder.ts';
import { addMember, createCluster } from '../../../controller/cluster/create-cluster.ts';
import type { Engine } from '../../../controller/cluster/open-engine.ts';
import { openEngine } from '../../../controller/cluster/open-engine.ts';
import {
  listEngineMembers,
  removeEngineMember,
} from '../../../replica/drivers/jetstream/server/engine-members.ts';
import { waitUntilReady } from '../../../replica/drivers/jetstream/server/wait-until-ready.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { tarsctl } from '../../support/e2e/tarsctl.ts';
import { engineLab } from '../../support/engine/engine-lab.ts';
import { freePorts } from '../../support/engine/free-ports.ts';
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
      const engine = await lab.open({ ...own, tls });
      const refused = () =>
        lab.log.some(({ fields }) => /unknown authority|bad certificate/.test(`${fields['line']}`));
      await eventually(refused, () => 'nobody complains', 20_000);
      const alone = { ...login(engine), servers: engine.servers.slice(0, 1) };
      await expect(waitUntilReady(alone, 500)).rejects.toMatchObject({ code: 'ENGINE_NOT_READY' });
    });

    test('a fourth one joins, and is taken out again, also when nobody knows its name any more', async () => {
      const lab = await engineLab(binary!, names);
      const engines = await Promise.all(names.map((name) => lab.start(name)));
      await waitUntilReady(login(engines[0]!), 40_000);
      const [apiPort = 0, enginePort = 0, routePort = 0] = await freePorts(3);
      const added = { name: 'd', host: '127.0.0.1', apiPort, enginePort, routePort };
      const files = await addMember(lab.cluster, added, new Date());
      const fourth = await lab.open(files[3]!);
      const connectOptions = engines[0]!.systemConnectOptions;
      // Without the fourth, which ends.
      const client = await lab.client({ servers: engines[0]!.servers, connectOptions });
      const online = async () => {
        const members = await listEngineMembers(client).catch(() => []);
        return members.filter(({ isOnline }) => isOnline).map(({ name }) => name);
      };
      const become = (expected: readonly string[]) =>
        eventually(
          async () => (await online()).toSorted().join() === expected.join(),
          () => `the members do not become ${expected.join()}`,
          30_000,
        );
      await become(['a', 'b', 'c', 'd']);
      const folder = join(lab.folder, 'files');
      await writeNewCluster(folder, { ...lab.cluster, files });
      const remove = () => tarsctl(['cluster', 'remove-member', '--dir', folder, 'd']);
      expect((await remove()).stderr).toContain('Stop the controller of d first');
      await fourth.close();
      // Started again, nobody has met the fourth.
      await Promise.all(engines.map((engine) => engine.close()));
      await Promise.all(names.map((name) => lab.start(name)));
      await become(names);
      const before = await listEngineMembers(client);
      expect(before).toHaveLength(4);
      expect(before.map(({ name }) => name)).toContain(undefined);
      expect(before.filter(({ isLeader }) => isLeader)).toHaveLength(1);
      const removed = await remove();
      expect([removed.stderr, removed.exitCode]).toEqual(['', 0]);
      expect(readdirSync(folder)).not.toContain('d.cluster.json');
      const kept = await readClusterFile(join(folder, 'a.cluster.json'));
      expect(kept.members.map(({ name }) => name)).toEqual(names);
      await eventually(async () => (await listEngineMembers(client)).length === 3);
      await removeEngineMember(client, 'd');
      expect((await listEngineMembers(client)).map(({ name }) => name).toSorted()).toEqual(names);
    });

    test('a machine is replaced: the copies of the old one are made anew on the new one', async () => {
      const lab = await engineLab(binary!, names);
      const engines = await Promise.all(names.map((name) => lab.start(name)));
      await waitUntilReady(login(engines[0]!), 40_000);
      const client = await lab.client(engines[0]!);
      const manager = await jetstreamManager(client);
      await manager.streams.add({ name: 'log', subjects: ['log'], num_replicas: 3 });
      await jetstream(client).publish('log', 'kept');

      const [apiPort = 0, enginePort = 0, routePort = 0] = await freePorts(3);
      const added = { name: 'd', host: '127.0.0.1', apiPort, enginePort, routePort };
      await lab.open((await addMember(lab.cluster, added, new Date()))[3]!);
      const { servers, systemConnectOptions: connectOptions } = engines[0]!;
      const system = await lab.client({ servers, connectOptions });
      const seen = () => listEngineMembers(system).catch(() => []);
      await eventually(
        async () => (await seen()).length === 4,
        () => 'd does not join',
        30_000,
      );
      await engines[2]!.close();
      await removeEngineMember(system, 'c');
      const state = await eventually(
        async () => {
          const info = await manager.streams.info('log').catch(() => undefined);
          const replicas = info?.cluster?.replicas ?? [];
          const holders = [info?.cluster?.leader, ...replicas.map(({ name }) => name)];
          const isWhole = replicas.every(({ current }) => current);
          return isWhole && holders.toSorted().join() === 'a,b,d' && info?.state;
        },
        () => 'd does not get a copy',
        40_000,
      );
      expect(state.messages).toBe(1);
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
