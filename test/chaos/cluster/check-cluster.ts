/** The checker: what a cluster must be like when everything is healed, and nobody writes any more. */

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { Agent } from 'undici';
import { expect } from 'vitest';
import { engineLogin, engineServers } from '../../../controller/cluster/engine-settings.ts';
import type { PackageListView } from '../../../link/packages/patch-api.ts';
import type { LogEntry } from '../../../replica/core/log.ts';
import type { Digest } from '../../../replica/core/blobs.ts';
import { openEmbeddedLog } from '../../../replica/drivers/embedded/embedded-log.ts';
import { openJetStreamLog } from '../../../replica/drivers/jetstream/open-jetstream-log.ts';
import { PatchClient } from '../../../sdk/typescript/patch-client.ts';
import { blobFile } from '../../support/blobs/content.ts';
import { digestOf } from '../../support/packages/random-package.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { settled, type ChaosCluster } from './chaos-cluster.ts';
import { nodeNames } from './chaos-fleet.ts';
import type { Upload } from './chaos-uploads.ts';
import { checkAcknowledged, firstDifference, readAll } from './check-log.ts';
import { replayRegistry } from './check-registry.ts';
import { chaosLog } from './member-messages.ts';

export interface Expected {
  /** The last commit. */
  readonly head: string;
  readonly uploads: readonly Upload[];
}

export interface Verdict {
  readonly appends: number;
  readonly late: readonly number[];
  readonly terms: number;
  readonly packagesOnAll: number;
}

const HEALED_MS_MAX = 60_000;
const DIGEST_AHEAD = 3;

/** Stops all members at the end. */
export async function checkCluster(cluster: ChaosCluster, expected: Expected): Promise<Verdict> {
  await quiet(cluster);
  await isAsAsked(cluster, expected);
  const packagesOnAll = await checkPackages(cluster, expected.uploads);
  return { ...(await checkLogs(cluster)), packagesOnAll };
}

/** The part that does not depend on what was asked for: logs and states. Stops all members at the end. */
export async function checkLogs(cluster: ChaosCluster): Promise<Omit<Verdict, 'packagesOnAll'>> {
  const { members, file } = cluster;
  await quiet(cluster);
  const at = await sameState(cluster);
  const logs = {
    [chaosLog]: await readAsNewcomer(cluster, chaosLog),
    registry: await readAsNewcomer(cluster, `${file.cluster}-registry`),
    patch: await readAsNewcomer(cluster, `${file.cluster}-patch`),
  };
  const acknowledged = members.flatMap((member) => member.acknowledged.all);
  expect(acknowledged.length).toBeGreaterThan(0);
  expect(checkAcknowledged(logs[chaosLog], acknowledged)).toEqual([]);

  await Promise.all(members.map((member) => member.stop()));
  for (const { name, settings } of members) {
    for (const [log, entries] of Object.entries(logs)) {
      const folder = log === chaosLog ? chaosLog : join(log, 'copy');
      const copy = await readCopy(join(settings.dataDir, folder));
      expect(firstDifference(entries, copy), `${log} of ${name}`).toBeUndefined();
    }
  }
  const [first] = members;
  const { faults, late, terms, digests } = await replayRegistry(first!, [at.sequence]);
  expect(faults).toEqual([]);
  expect(digests.get(at.sequence)).toBe(at.digest);
  return { appends: acknowledged.length, late, terms };
}

/** No appends any more, and those that were under way are through. */
async function quiet({ members }: ChaosCluster): Promise<void> {
  await Promise.all(members.map((member) => member.ask('append', 0)));
  await settled(members, HEALED_MS_MAX);
}

/** The last commit is in force, and all agents are there, as all members see it. */
async function isAsAsked({ members }: ChaosCluster, { head }: Expected): Promise<void> {
  await eventually(
    async () => {
      const found = await settled(members, HEALED_MS_MAX);
      return found.every(({ commit, alive }) => {
        return commit === head && nodeNames.every((node) => alive.includes(node));
      });
    },
    () =>
      `commit ${head} or an agent is missing\n${members.map((one) => one.lastWords()).join('\n')}`,
    HEALED_MS_MAX,
  );
}

/** Leases are renewed all the time: states are compared at the same entry. */
async function sameState({ members }: ChaosCluster) {
  return eventually(
    async () => {
      const found = await settled(members, HEALED_MS_MAX);
      const sequence = Math.max(...found.map(({ registry }) => registry)) + DIGEST_AHEAD;
      const digests = await Promise.all(
        members.map((member) => member.ask('digest', sequence, HEALED_MS_MAX)),
      );
      const [digest] = digests;
      if (digest === undefined || digests.includes(undefined)) return undefined;
      expect(digests, `states after entry ${sequence}`).toEqual([digest, digest, digest]);
      return { sequence, digest };
    },
    () => 'members are never at the same entry',
    HEALED_MS_MAX,
  );
}

/** What was acknowledged is in the state of all, and its bytes are on most. Returns how many are on all. */
async function checkPackages(
  { members, file }: ChaosCluster,
  uploads: readonly Upload[],
): Promise<number> {
  const dispatcher = new Agent({ connect: { ca: file.tls.ca } });
  const lists: PackageListView[] = [];
  for (const { url } of members) {
    const client = new PatchClient({ serverUrl: url, readToken: file.tokens.read, dispatcher });
    lists.push(await client.list());
  }
  await dispatcher.destroy();
  expect(lists[1]?.items).toEqual(lists[0]?.items);
  expect(lists[2]?.items).toEqual(lists[0]?.items);
  const stored = new Set(
    lists[0]?.items.map((item) => `${item.package} ${item.version} ${item.digest}`),
  );
  const lost = uploads.filter((one) => !stored.has(`${one.package} ${one.version} ${one.digest}`));
  expect(lost, 'packages that were acknowledged').toEqual([]);
  let onAll = 0;
  for (const { digest, version } of uploads) {
    const whole = await Promise.all(
      members.map(({ settings }) => isWhole(join(settings.dataDir, 'packages'), digest)),
    );
    const count = whole.filter(Boolean).length;
    expect(count, `members that hold ${version}`).toBeGreaterThanOrEqual(2);
    if (count === members.length) onAll += 1;
  }
  return onAll;
}

async function isWhole(folder: string, digest: Digest): Promise<boolean> {
  const bytes = await readFile(blobFile(folder, digest)).catch(() => undefined);
  return bytes !== undefined && digestOf(bytes) === digest;
}

/** As a member would that has no copy: everything comes from the engine. */
async function readAsNewcomer(
  { file, folder }: ChaosCluster,
  name: string,
): Promise<readonly LogEntry[]> {
  const servers = [...engineServers(file)];
  const connection = await connect({ servers, ...engineLogin(file), noEcho: true });
  const directory = join(folder, `newcomer-${name}`);
  const log = await openJetStreamLog({
    name,
    connection,
    directory,
    replicas: file.members.length,
  });
  try {
    return await readAll(log);
  } finally {
    await log.close();
    await connection.close();
    await rm(directory, { recursive: true });
  }
}

async function readCopy(directory: string): Promise<readonly LogEntry[]> {
  const log = await openEmbeddedLog({ directory });
  try {
    return await readAll(log);
  } finally {
    await log.close();
  }
}
