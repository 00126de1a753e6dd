/** Machines that lose power keep what was acknowledged: what was not flushed is dropped, on one and on all of them. */

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LogEntry } from '../../../replica/core/log.ts';
import { engineSkipped, obtainNatsServer } from '../../support/engine/obtain-nats-server.ts';
import { randomFrom } from '../../support/replica/seeded-random.ts';
import { checkAcknowledged, readAll } from './check-log.ts';
import { PowerAppends } from './power-appends.ts';
import { PowerCluster, type PowerMember, type SyncInterval } from './power-cluster.ts';
import { whyNoPowerDisk } from './power-disk.ts';
import { dropLog, openAsNewcomer, openPowerLog, type OpenLog } from './power-log.ts';

const seed = Number(process.env['POWER_LOSS_SEED'] ?? Date.now() % 1_000_000);
const random = randomFrom(seed);
const binary = obtainNatsServer();
const reason = binary === undefined ? engineSkipped : whyNoPowerDisk();

const ROUNDS_OF_ALL = 3;
const ROUNDS_WITH_COPIES = 2;
const ROUNDS_OF_CONTROL_MAX = 3;
const APPENDS_MIN = 200;
const APPENDS_MORE = 1_500;

interface Running {
  readonly cluster: PowerCluster;
  readonly appends: PowerAppends;
}

async function startCluster(syncInterval: SyncInterval): Promise<Running> {
  const cluster = await PowerCluster.create(binary!, syncInterval);
  await cluster.start();
  return { cluster, appends: new PowerAppends() };
}

/** Appends, cuts the power of the victims in the middle of it, kills the others, and starts all again. */
async function losePower(
  { cluster, appends }: Running,
  logs: readonly OpenLog[],
  victims: readonly PowerMember[],
): Promise<void> {
  appends.start(logs.map(({ log }) => log));
  await appends.more(APPENDS_MIN + random(APPENDS_MORE));
  await cluster.cut(victims);
  appends.stop();
  await Promise.all(logs.map(dropLog));
  await appends.stopped();
  cluster.restorePower(victims);
  await cluster.start();
}

function countLost(what: string, entries: readonly LogEntry[], { appends }: Running): number {
  const { acknowledged } = appends;
  const there = new Set(entries.map(({ commandId }) => commandId));
  const lost = acknowledged.filter(({ id }) => !there.has(id)).length;
  console.log(`power loss ${what}: ${acknowledged.length} acknowledged, ${lost} lost`);
  return lost;
}

async function allMembers(running: Running): Promise<void> {
  const { cluster, appends } = running;
  let newcomer = await openAsNewcomer(cluster);
  for (let round = 1; round <= ROUNDS_OF_ALL; round += 1) {
    await losePower(running, [newcomer], cluster.members);
    newcomer = await openAsNewcomer(cluster);
    const entries = await readAll(newcomer.log);
    countLost(`of all members, round ${round}`, entries, running);
    expect(checkAcknowledged(entries, appends.acknowledged), 'all members').toEqual([]);
  }
}

async function oneMember(running: Running): Promise<void> {
  const { cluster, appends } = running;
  let newcomer = await openAsNewcomer(cluster);
  for (const isLeader of [true, false]) {
    const { leader } = await newcomer.log.copies();
    expect(leader).toBeDefined();
    const victim = cluster.members.find(({ file }) => (file.member === leader) === isLeader)!;
    await losePower(running, [newcomer], [victim]);
    newcomer = await openAsNewcomer(cluster);
    const entries = await readAll(newcomer.log);
    const who = isLeader ? 'the leader' : 'a follower';
    countLost(`of ${who}, while the others are killed`, entries, running);
    expect(checkAcknowledged(entries, appends.acknowledged), who).toEqual([]);
  }
}

/** Controllers have their own copies on the disk that their server is on. */
async function membersWithCopies(running: Running): Promise<void> {
  const { cluster, appends } = running;
  const repaired: unknown[] = [];
  const openAll = (): Promise<OpenLog[]> =>
    Promise.all(
      cluster.members.map((member) =>
        openPowerLog(cluster, member, {
          directory: join(member.disk.folder, 'copy'),
          onRepair: (repair) => repaired.push(repair),
          onSetAside: (_directory, error) => repaired.push(error),
        }),
      ),
    );
  let logs = await openAll();
  for (let round = 1; round <= ROUNDS_WITH_COPIES; round += 1) {
    await losePower(running, logs, cluster.members);
    logs = await openAll();
    const copies = await Promise.all(logs.map(({ log }) => readAll(log)));
    countLost(`of all members with their copies, round ${round}`, copies[0]!, running);
    for (const entries of copies) {
      const faults = checkAcknowledged(entries, appends.acknowledged);
      expect(faults, `a copy of ${entries.length} entries`).toEqual([]);
    }
    const common = Math.min(...copies.map(({ length }) => length));
    const hashes = copies.map((entries) => entries[common - 1]!.hash);
    expect(new Set(hashes).size, 'histories').toBe(1);
    expect(repaired, 'what the copies had to put back').toEqual([]);
  }
}

/** Most of a round is waiting for elections. A failure is told when nobody runs any more. */
async function sideBySide(runs: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(runs)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

describe.skipIf(reason !== undefined)(
  `a loss of power (${reason ?? `POWER_LOSS_SEED=${seed}`})`,
  { timeout: 150_000 },
  () => {
    test('of all members, of one, and of all with their copies takes nothing that was acknowledged', async () => {
      const [first, second, third] = [
        await startCluster('always'),
        await startCluster('always'),
        await startCluster('always'),
      ];
      await sideBySide([allMembers(first), oneMember(second), membersWithCopies(third)]);
    });

    test('takes acknowledged appends from servers that do not sync before they acknowledge', async () => {
      let lost = 0;
      for (let round = 1; round <= ROUNDS_OF_CONTROL_MAX && lost === 0; round += 1) {
        const running = await startCluster('default');
        await losePower(running, [await openAsNewcomer(running.cluster)], running.cluster.members);
        const entries = await readAll((await openAsNewcomer(running.cluster)).log);
        lost += countLost(`with sync_interval at its default, round ${round}`, entries, running);
      }
      expect(lost).toBeGreaterThan(0);
    });
  },
);
