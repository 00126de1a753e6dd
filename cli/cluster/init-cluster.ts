/** Writes a new cluster, and says what to do with each file. */

import { join, resolve } from 'node:path';
import { writeNewCluster, clusterFileName } from '../../controller/cluster/cluster-folder.ts';
import type { ClusterMember } from '../../controller/cluster/cluster-file.ts';
import { namePattern } from '../../controller/cluster/cluster-schema.ts';
import { createCluster } from '../../controller/cluster/create-cluster.ts';
import { TarsierError } from '../../errors/tarsier-error.ts';
import type { CliContext } from '../context.ts';
import { memberCountNote } from './member-count.ts';
import { copyCommand, firstStart } from './next-steps.ts';

export async function initCluster(
  name: string,
  members: readonly ClusterMember[],
  out: string | undefined,
  { stdout, stderr }: Pick<CliContext, 'stdout' | 'stderr'>,
): Promise<void> {
  if (!new RegExp(namePattern).test(name)) {
    throw new TarsierError('USAGE', `A cluster cannot be named "${name}".`, {
      hint: 'Use lower-case letters, digits and dashes, such as prod.',
    });
  }
  const folder = out ?? `${name}-cluster`;
  const cluster = await createCluster(name, members, new Date());
  await writeNewCluster(resolve(folder), cluster);
  const note = memberCountNote(members.length);
  if (note !== undefined) stderr.write(`${note}\n`);
  stdout.write(
    [
      `Wrote the cluster ${name} to ${folder}:`,
      ...members.map((member) => `  ${clusterFileName(member.name).padEnd(24)} for ${member.host}`),
      `  ${'ca.pem'.padEnd(24)} for agents and people: the authority that signs the controllers`,
      `  ${'ca.key'.padEnd(24)} its key: keep it off the members, for add-member and renew`,
      '',
      'Next, for each member:',
      ...members.map((member) => `  ${copyCommand(folder, member)}`),
      'and on each of them, as the user of the controller:',
      ...firstStart.map((command) => `  ${command}`),
      `then move ${join(folder, 'ca.key')} to where you keep such keys.`,
      '',
    ].join('\n'),
  );
}
