/** Three controllers as one control plane: the leader dies with its engine, and a commit is applied all the same. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { startAgent } from '../../nodeagent/main.ts';
import type { InstanceResource } from '../../registry/status/resources.ts';
import { eventually } from '../support/agent/eventually.ts';
import { engineSkipped, obtainNatsServer } from '../support/engine/obtain-nats-server.ts';
import { RunningCluster, type MemberName } from '../support/e2e/running-cluster.ts';
import { oneNodeFile } from '../support/git/fleet-files.ts';
import { TestRepository } from '../support/git/test-repository.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { readFileSync } from 'node:fs';

const natsServer = obtainNatsServer();

const serviceOf = (version: string) => `apiVersion: tarsier/v1
kind: Service
metadata: { name: Demo.Server }
spec:
  type: process
  release: { package: Demo.Server, version: "${version}" }
  placement: [{ nodes: [n1] }]
  run: { start: exec sh run.sh }
`;

async function instanceAt(
  cluster: RunningCluster,
  member: MemberName,
): Promise<InstanceResource | undefined> {
  const { stdout, exitCode } = await cluster.tarsctl(member, 'get', 'instances', '-o', 'json');
  if (exitCode !== 0) return undefined;
  return (JSON.parse(stdout) as { items: InstanceResource[] }).items[0];
}

async function pushVersion(cluster: RunningCluster, folder: string, version: string) {
  const release = join(folder, 'releases', version);
  mkdirSync(release, { recursive: true });
  writeFileSync(join(release, 'run.sh'), `echo this is ${version}; while true; do sleep 1; done\n`);
  const pushed = await cluster.tarsctl('b', 'patch', 'push', 'Demo.Server', version, release);
  expect(pushed.stderr + pushed.stdout).toContain(version);
  expect(pushed.exitCode).toBe(0);
}

/** Asks a controller for the status all the time; every answer that fails is kept. */
function probeReads(cluster: RunningCluster, member: MemberName) {
  const failed: string[] = [];
  let isOver = false;
  let answers = 0;
  const running = (async () => {
    while (!isOver) {
      const { exitCode, stderr } = await cluster.tarsctl(member, 'get', 'services', '-o', 'name');
      answers += 1;
      if (exitCode !== 0) failed.push(stderr);
    }
  })();
  return {
    failed,
    async end() {
      isOver = true;
      await running;
      return answers;
    },
  };
}

it.skipIf(natsServer === undefined)(
  `goes on when the leader dies in the middle of a commit (${engineSkipped})`,
  async () => {
    const folder = temporaryFolder();
    const repository = new TestRepository(join(folder, 'repository'));
    repository.commitFiles({ 'fleet.yaml': oneNodeFile, 'demo.yaml': serviceOf('1.0.0') });
    const cluster = await RunningCluster.init({
      folder,
      repository: join(folder, 'repository'),
      natsServer: natsServer ?? '',
    });
    await cluster.startAll();
    for (const version of ['1.0.0', '1.1.0']) await pushVersion(cluster, folder, version);
    const agent = await startAgent({
      node: 'n1',
      controllerUrls: cluster.members.map((member) => cluster.urlOf(member)),
      token: readFileSync(join(cluster.dataOf('a'), 'tokens', 'agent'), 'utf8').trim(),
      ca: readFileSync(cluster.ca, 'utf8'),
      dataDir: join(folder, 'agent'),
      logger: pino({ level: 'silent' }),
    });
    onTestFinished(() => agent.close({ stopServices: true }));
    const before = await eventually(
      async () => {
        const instance = await instanceAt(cluster, 'c');
        return instance?.phase === 'running' && instance;
      },
      () => `it does not run:\n${cluster.logOf('c').slice(-3_000)}`,
      40_000,
    );

    const leader = await eventually(() => cluster.leaderAt('a'), undefined, 20_000);
    const [reader, other] = cluster.members.filter((member) => member !== leader) as [
      MemberName,
      MemberName,
    ];
    const reads = probeReads(cluster, reader);
    repository.commitFiles({ 'demo.yaml': serviceOf('1.1.0') });
    await cluster.kill(leader);

    for (const member of [reader, other]) {
      await eventually(
        async () => {
          const instance = await instanceAt(cluster, member);
          return instance?.version === '1.1.0' && instance.phase === 'running';
        },
        () => `${member} does not see 1.1.0:\n${cluster.logOf(member).slice(-3_000)}`,
        60_000,
      );
    }
    expect(await reads.end()).toBeGreaterThan(3);
    expect(reads.failed).toEqual([]);
    expect(before.version).toBe('1.0.0');
    // Whichever controller is asked: it asks the one that has the agent.
    for (const member of [reader, other]) {
      const { stdout } = await cluster.tarsctl(member, 'logs', before.id);
      expect(stdout).toContain('this is 1.1.0');
    }
    const sick = await cluster.tarsctl(reader, 'controller', 'health');
    expect(sick.exitCode).toBe(1);
    expect(sick.stdout).toContain(`controller ${leader} is not heard`);

    cluster.start(leader);
    await cluster.untilUp(leader);
    await eventually(
      async () => (await cluster.tarsctl(leader, 'controller', 'health')).exitCode === 0,
      undefined,
      60_000,
    );
    expect((await instanceAt(cluster, leader))?.version).toBe('1.1.0');
    for (const member of cluster.members) expect(await cluster.stop(member)).toBe(0);
  },
  240_000,
);
