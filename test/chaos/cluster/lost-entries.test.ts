/** What the engine loses is put back from the copies of the members: damage, old files, deleted streams. */

import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../support/agent/eventually.ts';
import { engineSkipped, obtainNatsServer } from '../../support/engine/obtain-nats-server.ts';
import { oneNodeFile, serviceFile } from '../../support/git/fleet-files.ts';
import { TestRepository } from '../../support/git/test-repository.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { appended, chaosCluster, settled, startAll, type ChaosCluster } from './chaos-cluster.ts';
import type { ChaosMember } from './chaos-member.ts';
import { checkLogs } from './check-cluster.ts';
import {
  cutInHalf,
  damage,
  makeLeader,
  messageBlocks,
  operatorHand,
  storeOf,
} from './engine-store.ts';
import { chaosLog } from './member-messages.ts';

const binary = obtainNatsServer();
const streams = [chaosLog, 'test-registry'];

async function runningCluster(): Promise<ChaosCluster & { readonly trio: Trio }> {
  const repository = new TestRepository(join(temporaryFolder(), 'repository'));
  repository.commitFiles({ 'nodes.yaml': oneNodeFile, 'a.yaml': serviceFile('Demo.A') });
  const cluster = await chaosCluster(binary!, repository.folder);
  await startAll(cluster);
  const [a, b, c] = cluster.members;
  return { ...cluster, trio: [a!, b!, c!] };
}

type Trio = readonly [ChaosMember, ChaosMember, ChaosMember];

describe.skipIf(binary === undefined)(
  binary === undefined
    ? `entries that the engine lost (${engineSkipped})`
    : 'entries that the engine lost',
  { timeout: 180_000 },
  () => {
    test.each([
      ['damaged', damage, [chaosLog]],
      ['cut', cutInHalf, streams],
    ])(
      'because files of a member are %s, are there again, also when it leads',
      async (_, harm, harmed) => {
        const cluster = await runningCluster();
        const { members, trio } = cluster;
        const [, , victim] = trio;
        await appended(members, 150);
        await victim.stop();
        const files = harmed.flatMap((stream) => messageBlocks(victim, stream));
        expect(files.length).toBeGreaterThanOrEqual(harmed.length);
        for (const file of files) harm(file);

        victim.launch();
        await victim.ready();
        await appended(members, 50);
        const hand = await operatorHand(cluster);
        for (const stream of streams) await makeLeader(hand, stream, victim);
        await appended(members, 50);
        await settled(members);
        await checkLogs(cluster);
      },
    );

    test('because a member was put back to old files, while the only other one that has them is down', async () => {
      const cluster = await runningCluster();
      const { members, folder } = cluster;
      const [other, behind, victim] = cluster.trio;
      await appended(members, 50);
      await behind.killAll();
      await victim.killAll();
      const old = join(folder, 'old-store');
      cpSync(storeOf(victim), old, { recursive: true });
      victim.launch();
      await victim.ready();
      // These are on two members alone.
      await appended([other, victim], 100);
      // All of them are in the copy of the member whose files are put back.
      for (const member of [other, victim]) await member.ask('append', 0);
      await settled([other, victim]);

      await other.killAll();
      await victim.killAll();
      rmSync(storeOf(victim), { recursive: true });
      cpSync(old, storeOf(victim), { recursive: true });
      // The one that lacks them comes first: it must not write in their place.
      victim.launch();
      await eventually(() => victim.log.split('waiting for most members').length > 3);
      victim.signal('SIGSTOP');
      behind.launch();
      await eventually(() => behind.log.split('waiting for most members').length > 2);
      const { connection } = await operatorHand(cluster);
      const questions = connection.subscribe('tarsier.log.test-registry.who', { max: 2 });
      for await (const question of questions) expect(question.data).toHaveLength(0);
      victim.signal('SIGCONT');
      await Promise.all([behind.ready(), victim.ready()]);
      await appended([behind, victim], 50);
      expect(victim.log.includes('entries put back')).toBe(true);
      other.launch();
      await other.ready();
      await appended(members, 50);
      await checkLogs(cluster);
    });

    test('because somebody deleted the streams, are there again', async () => {
      const cluster = await runningCluster();
      const { members } = cluster;
      await appended(members, 100);
      const { manager } = await operatorHand(cluster);
      for (const member of members) await member.ask('append', 0);
      await settled(members);
      for (const stream of streams) await manager.streams.delete(stream);
      for (const member of members) await member.ask('append', 1);
      await appended(members, 100);
      const { appends } = await checkLogs(cluster);
      expect(appends).toBeGreaterThan(500);
      expect(members.some(({ log }) => log.includes('entries put back'))).toBe(true);
    });
  },
);
