/** A member whose disk was full must take part again, or the next fault is one too many. */

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../support/agent/eventually.ts';
import { engineSkipped, obtainNatsServer } from '../../support/engine/obtain-nats-server.ts';
import { oneNodeFile, serviceFile } from '../../support/git/fleet-files.ts';
import { TestRepository } from '../../support/git/test-repository.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { appended, chaosCluster, startAll } from './chaos-cluster.ts';
import { checkLogs } from './check-cluster.ts';

const binary = obtainNatsServer();
const isRoot = process.getuid?.() === 0;
const reason = binary === undefined ? engineSkipped : 'skipped: only root can mount a small disk';
const canRun = binary !== undefined && isRoot;

describe.skipIf(!canRun)(canRun ? 'a full disk' : `a full disk (${reason})`, () => {
  test('that has room again leaves a member that counts for the majority', async (context) => {
    const repository = new TestRepository(join(temporaryFolder(), 'repository'));
    repository.commitFiles({ 'nodes.yaml': oneNodeFile, 'a.yaml': serviceFile('Demo.A') });
    const cluster = await chaosCluster(binary!, repository.folder);
    const [first, second, victim] = cluster.members;
    if (victim!.disk.fill === undefined) return context.skip('no small disk could be mounted');
    await startAll(cluster);
    await appended(cluster.members, 50);
    const before = victim!.server?.pid;
    expect(before).toBeDefined();
    victim!.disk.fill();
    await appended([first!, second!], 100);
    victim!.disk.free();
    await eventually(
      () => (victim!.server?.pid ?? before) !== before,
      () => victim!.lastWords(),
      60_000,
    );
    await appended(cluster.members, 20);

    await second!.killAll();
    await appended([first!, victim!], 50);
    second!.launch();
    await second!.ready();
    await appended(cluster.members, 20);
    await checkLogs(cluster);
  }, 180_000);
});
