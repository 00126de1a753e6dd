/** A leader that is stopped between looking at its token and its effect: the effect comes too late. */

import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { oneNodeFile, serviceFile } from '../../support/git/fleet-files.ts';
import { TestRepository } from '../../support/git/test-repository.ts';
import { engineSkipped, obtainNatsServer } from '../../support/engine/obtain-nats-server.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { chaosCluster, leaderOf, settled, startAll } from './chaos-cluster.ts';

const binary = obtainNatsServer();

describe.skipIf(binary === undefined)(
  binary === undefined ? `a late leader (${engineSkipped})` : 'a late leader',
  { timeout: 120_000 },
  () => {
    test('is refused by the state machine after a pause past its lease, and follows', async () => {
      const repository = new TestRepository(join(temporaryFolder(), 'repository'));
      repository.commitFiles({ 'nodes.yaml': oneNodeFile, 'a.yaml': serviceFile('Demo.A') });
      const cluster = await chaosCluster(binary!, repository.folder);
      await startAll(cluster);
      const leader = await leaderOf(cluster.members);
      const others = cluster.members.filter((one) => one !== leader);
      onTestFinished(() => leader.signal('SIGCONT'));

      const late = leader.ask('late-effect', 0, 60_000);
      const next = await leaderOf(others);
      leader.signal('SIGCONT');
      expect(await late).toMatchObject({ accepted: false, code: 'STALE_LEASE' });
      expect(next).not.toBe(leader);
      const head = repository.commitFiles({ 'b.yaml': serviceFile('Demo.B') });
      await eventually(
        async () => (await settled(cluster.members)).every(({ commit }) => commit === head),
        () => 'the new leader does not apply commits',
        30_000,
      );
      const found = await settled(cluster.members);
      expect(found.filter(({ isLeader }) => isLeader)).toHaveLength(1);
    });
  },
);
