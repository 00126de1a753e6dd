/** Three controllers and three servers in processes of their own, with networks and disks to be hurt. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createCluster } from '../../../controller/cluster/create-cluster.ts';
import { clusterFileName, writeNewCluster } from '../../../controller/cluster/cluster-folder.ts';
import type { ClusterFile } from '../../../controller/cluster/cluster-file.ts';
import { freePorts } from '../../support/engine/free-ports.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { ChaosMember } from './chaos-member.ts';
import type { Whereabouts } from './member-messages.ts';
import { openNetwork, type ClusterNetwork } from './network.ts';
import { openSmallDisk } from './small-disk.ts';

export interface ChaosCluster {
  readonly folder: string;
  readonly file: ClusterFile;
  readonly members: readonly ChaosMember[];
  readonly network: ClusterNetwork;
}

const PORTS_PER_MEMBER = 4;

/** Not started yet. Everything ends with the test. */
export async function chaosCluster(
  serverBinary: string,
  repository: string,
  diskMib = 256,
): Promise<ChaosCluster> {
  const folder = temporaryFolder();
  const network = openNetwork(3);
  const ports = await freePorts(PORTS_PER_MEMBER * 3);
  const portsOf = (at: number) => ports.slice(PORTS_PER_MEMBER * at);
  const made = await createCluster(
    'test',
    network.members.map(({ host }, at) => {
      const [apiPort = 0, enginePort = 0, routePort = 0] = portsOf(at);
      return { name: 'abc'[at]!, host, apiPort, enginePort, routePort };
    }),
    new Date(),
  );
  const files = join(folder, 'files');
  await writeNewCluster(files, made);
  const members = made.files.map(({ member: name, members: all }, at) => {
    const disk = openSmallDisk(join(folder, name), diskMib);
    const dataDir = join(disk.folder, 'data');
    mkdirSync(dataDir, { mode: 0o700 });
    const { host, apiPort } = all[at]!;
    const settings = {
      clusterFile: join(files, clusterFileName(name)),
      dataDir,
      serverBinary,
      repository,
      locatorPort: portsOf(at)[3]!,
      acknowledged: join(folder, `${name}.acknowledged`),
    };
    const url = `https://${host}:${apiPort}`;
    const member = new ChaosMember({
      name,
      at,
      url,
      settings,
      disk,
      folder,
      network: network.members[at]!,
    });
    onTestFinished(() => member.killAll());
    return member;
  });
  return { folder, file: made.files[0]!, members, network };
}

export async function startAll({ members }: ChaosCluster): Promise<void> {
  for (const member of members) member.launch();
  await Promise.all(members.map((member) => member.ready()));
}

/** All members answer, and know all that any of them knew at some moment before. */
export async function settled(
  members: readonly ChaosMember[],
  timeoutMs = 60_000,
): Promise<readonly Whereabouts[]> {
  const asked = new Map<string, Whereabouts>();
  const goal = { registry: 0, chaos: 0 };
  return eventually(
    async () => {
      mustRun(members);
      const found = await Promise.all(
        members.map((member) => member.ask('where').catch(() => undefined)),
      );
      for (const one of found) if (one !== undefined) asked.set(one.name, one);
      const known = found.filter((one) => one !== undefined);
      const isThere = known.every(
        ({ registry, chaos }) => registry >= goal.registry && chaos >= goal.chaos,
      );
      if (goal.chaos === 0 && known.length === members.length) {
        goal.registry = Math.max(...known.map(({ registry }) => registry));
        goal.chaos = Math.max(1, ...known.map(({ chaos }) => chaos));
        return false;
      }
      return isThere && known.length === members.length && goal.chaos > 0 && known;
    },
    () =>
      `not settled: ${JSON.stringify([...asked.values()])}\n${members.map((one) => one.lastWords()).join('\n')}`,
    timeoutMs,
  );
}

/** Nobody ends by itself, whatever is done to it. */
export function mustRun(members: readonly ChaosMember[]): void {
  const ended = members.find(({ runs }) => !runs);
  if (ended !== undefined) throw new Error(`${ended.name} ended by itself\n${ended.lastWords()}`);
}

/** So many more appends are acknowledged to each. */
export async function appended(members: readonly ChaosMember[], count: number): Promise<void> {
  const before = members.map(({ acknowledged }) => acknowledged.all.length);
  await eventually(
    () => {
      mustRun(members);
      return members.every(({ acknowledged }, at) => {
        return acknowledged.all.length >= before[at]! + count;
      });
    },
    () => members.map((member) => `${member.name}\n${member.lastWords()}`).join('\n'),
    60_000,
  );
}

export async function leaderOf(members: readonly ChaosMember[]): Promise<ChaosMember> {
  return eventually(
    async () => {
      for (const member of members) {
        const where = await member.ask('where').catch(() => undefined);
        if (where?.isLeader === true) return member;
      }
      return undefined;
    },
    () => 'no controller leads',
    30_000,
  );
}

/** The member whose server leads the stream of the log `chaos`. */
export async function engineLeaderOf(members: readonly ChaosMember[]): Promise<ChaosMember> {
  return eventually(
    async () => {
      for (const member of members) {
        const name = await member.ask('engine-leader').catch(() => undefined);
        const leader = members.find((one) => one.name === name);
        if (leader !== undefined) return leader;
      }
      return undefined;
    },
    () => 'no server leads the stream',
    30_000,
  );
}
