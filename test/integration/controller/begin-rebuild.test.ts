/** Several controllers of one log that are started with --rebuild. */

import { expect, it } from 'vitest';
import { beginRebuild } from '../../../controller/rebuild/begin-rebuild.ts';
import { RebuildWatch } from '../../../controller/rebuild/rebuild-watch.ts';
import { commitOf, node, openOf, reportOf } from '../../support/registry/builders.ts';
import { silentLogger } from '../../support/agent/agent-lab.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { startRegistryReplica } from '../../support/replica/controller-replicas.ts';
import { MemoryLog } from '../../support/replica/memory-log.ts';

const wish = { waitMs: 60_000 };
const logger = silentLogger;

it('of two that begin at the same time one does; the other one goes on with its rebuild', async () => {
  const log = new MemoryLog();
  const [a, b] = [await startRegistryReplica(log), await startRegistryReplica(log)];
  await Promise.all([
    beginRebuild({ registry: a }, wish, { member: 'a', logger }),
    beginRebuild({ registry: b }, wish, { member: 'b', logger }),
  ]);
  await Promise.all([a.catchUp(), b.catchUp()]);
  expect(a.state).toEqual(b.state);
  expect(a.state.events.map(({ reason }) => reason)).toEqual(['RebuildBegan']);
});

it('is ended by the leader alone, when all were heard; who comes later joins', async () => {
  const log = new MemoryLog();
  const [a, b] = [await startRegistryReplica(log), await startRegistryReplica(log)];
  await beginRebuild({ registry: a }, wish, { member: 'a', logger });
  const { fencingToken } = a.state;
  let token: number | undefined;
  const now = () => 50;
  const follower = new RebuildWatch({ replica: b, fencingToken: () => undefined, now, logger });
  const leader = new RebuildWatch({ replica: a, fencingToken: () => token, now, logger });
  await a.propose(commitOf('c1', { fencingToken, upsertNodes: [node('n1')] }));
  await a.propose(openOf('n1', 's1'));
  await a.propose(reportOf('n1', 's1', { full: true }));
  await b.catchUp();
  follower.look();
  leader.look();
  expect(a.state.rebuild?.ended).toBeUndefined();
  token = fencingToken;
  leader.look();
  await eventually(() => b.state.rebuild?.ended);
  expect(b.state.rebuild?.ended).toEqual({ at: 50, why: 'all-heard' });
  // A member that comes late joins; a controller that is alone has nothing to rebuild.
  await beginRebuild({ registry: b }, wish, { member: 'b', logger });
  await expect(
    beginRebuild({ registry: b }, wish, { member: undefined, logger }),
  ).rejects.toMatchObject({ code: 'REBUILD_NOT_EMPTY' });
  expect(b.state.events.filter(({ reason }) => reason === 'RebuildBegan')).toHaveLength(1);
  leader.close();
  follower.close();
});

it('is ended when the time is over, counted from the first commit', async () => {
  const a = await startRegistryReplica(new MemoryLog());
  await beginRebuild({ registry: a }, { waitMs: 100 }, { member: 'a', logger });
  const { fencingToken } = a.state;
  let now = 1_000_000;
  const watch = new RebuildWatch({
    replica: a,
    fencingToken: () => fencingToken,
    now: () => now,
    logger,
  });
  watch.look();
  expect(a.state.rebuild?.ended).toBeUndefined();
  await a.propose(commitOf('c1', { at: now, fencingToken, upsertNodes: [node('n1')] }));
  now += 99;
  watch.look();
  expect(a.state.rebuild?.ended).toBeUndefined();
  now += 1;
  watch.look();
  await eventually(() => a.state.rebuild?.ended);
  expect(a.state.events.at(-1)).toMatchObject({ reason: 'RebuildEnded', severity: 'warning' });
  watch.close();
});
